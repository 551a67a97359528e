// The one thing that a server makes.
import { verify } from "./assertion.js";
import { session, token } from "./call.js";
import { settingsOf } from "./config.js";
import { Keys } from "./keys.js";
import { identityOf, levelMiddleware, middleware } from "./node.js";
import { demandOf, fetchHandler } from "./web.js";
/** Verifies, asks and fetches for one application behind a Doorward host. */
export class Doorward {
    #settings;
    #keys;
    /** Makes no calls: keys are fetched when the first assertion comes. */
    constructor(config) {
        this.#settings = settingsOf(config);
        const { direct, host, fetch, now } = this.#settings;
        this.#keys = new Keys(`${direct || host}/.well-known/jwks.json`, fetch, now);
    }
    /**
     * Returns who an assertion speaks of.
     * @throws AssertionError when it is not valid
     * @throws KeysError when the host's keys cannot be had
     */
    verify(assertion) {
        return verify(this.#settings, this.#keys, assertion);
    }
    /**
     * Middleware for node:http and Express: puts the identity where identity()
     * finds it, and takes every x-doorward-… header off the request. A request
     * without an assertion goes on as nobody's; one with an assertion that is not
     * valid is answered with 401, and with 503 when the host's keys cannot be had.
     */
    middleware() {
        return middleware(this.#settings, this.#keys);
    }
    /** Who a request comes from, behind middleware(); null for nobody. */
    identity(request) {
        return identityOf(request) ?? null;
    }
    /**
     * Middleware, behind middleware(): lets requests through whose person holds
     * the level, and sends the others to reach it, as the host's /auth does. A page
     * is redirected to /.doorward/start and comes back; a script gets 401 with the
     * challenge of RFC 9470.
     */
    requireLevel(level) {
        return levelMiddleware(this.#settings, level);
    }
    /** The same two for a handler that takes a Request, which must hold the level: Public by default. */
    fetchHandler(handler, level = "Public") {
        return fetchHandler(this.#settings, this.#keys, handler, level);
    }
    /** Inside a fetchHandler: the answer to a request that lacks the level; undefined when it does not. */
    demand(request, identity, level) {
        return demandOf(this.#settings, request, identity, level);
    }
    /**
     * The session that a request brings, as it is now. The proxy must leave
     * Doorward's cookie in the request; nothing else of it is sent.
     * @throws NoSessionError without one, HostError when the host refuses
     */
    session(request) {
        return session(this.#settings, request);
    }
    /**
     * An access token that is valid now for resource, one of
     * applications.NAME.resources; the sign-in's own without one.
     * @throws NoSessionError without a session, HostError when the host refuses
     */
    token(request, resource) {
        return token(this.#settings, request, resource);
    }
}

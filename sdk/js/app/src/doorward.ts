// The one thing that a server makes.

import { verify, type Identity } from "./assertion.js";
import { session, token, type Asker, type Session } from "./call.js";
import { settingsOf, type Config, type Settings } from "./config.js";
import { Keys } from "./keys.js";
import { identityOf, levelMiddleware, middleware, type Next, type NodeRequest, type NodeResponse } from "./node.js";
import type { Token } from "./token.js";
import { demandOf, fetchHandler, type FetchHandler } from "./web.js";

/** Verifies, asks and fetches for one application behind a Doorward host. */
export class Doorward {
  readonly #settings: Settings;
  readonly #keys: Keys;

  /** Makes no calls: keys are fetched when the first assertion comes. */
  constructor(config: Config) {
    this.#settings = settingsOf(config);
    const { direct, host, fetch, now } = this.#settings;
    this.#keys = new Keys(`${direct || host}/.well-known/jwks.json`, fetch, now);
  }

  /**
   * Returns who an assertion speaks of.
   * @throws AssertionError when it is not valid
   * @throws KeysError when the host's keys cannot be had
   */
  verify(assertion: string): Promise<Identity> {
    return verify(this.#settings, this.#keys, assertion);
  }

  /**
   * Middleware for node:http and Express: puts the identity where identity()
   * finds it, and takes every x-doorward-… header off the request. A request
   * without an assertion goes on as nobody's; one with an assertion that is not
   * valid is answered with 401, and with 503 when the host's keys cannot be had.
   */
  middleware(): (request: NodeRequest, response: NodeResponse, next: Next) => void {
    return middleware(this.#settings, this.#keys);
  }

  /** Who a request comes from, behind middleware(); null for nobody. */
  identity(request: NodeRequest): Identity | null {
    return identityOf(request) ?? null;
  }

  /**
   * Middleware, behind middleware(): lets requests through whose person holds
   * the level, and sends the others to reach it, as the host's /auth does. A page
   * is redirected to /.doorward/start and comes back; a script gets 401 with the
   * challenge of RFC 9470.
   */
  requireLevel(level: string): (request: NodeRequest, response: NodeResponse, next: Next) => void {
    return levelMiddleware(this.#settings, level);
  }

  /** The same two for a handler that takes a Request, which must hold the level: Public by default. */
  fetchHandler(handler: FetchHandler, level = "Public"): (request: Request) => Promise<Response> {
    return fetchHandler(this.#settings, this.#keys, handler, level);
  }

  /** Inside a fetchHandler: the answer to a request that lacks the level; undefined when it does not. */
  demand(request: Request, identity: Identity | null, level: string): Response | undefined {
    return demandOf(this.#settings, request, identity, level);
  }

  /**
   * The session that a request brings, as it is now. The proxy must leave
   * Doorward's cookie in the request; nothing else of it is sent.
   * @throws NoSessionError without one, HostError when the host refuses
   */
  session(request: Asker): Promise<Session> {
    return session(this.#settings, request);
  }

  /**
   * An access token that is valid now for resource, one of
   * applications.NAME.resources; the sign-in's own without one.
   * @throws NoSessionError without a session, HostError when the host refuses
   */
  token(request: Asker, resource?: string): Promise<Token> {
    return token(this.#settings, request, resource);
  }
}

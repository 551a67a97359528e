// The keys that the host publishes, kept for as long as it says.
import { AssertionError, KeysError } from "./errors.js";
import { limited } from "./limited.js";
const maxKeySet = 64 << 10; // bytes
const maxKeys = 32;
const maxKeyId = 128;
const fetchTimeout = 5_000; // milliseconds, as all below
const keepLeast = 60_000; // whatever the host says
const keepMost = 3_600_000; // and this long while the host cannot be asked
const keepUsual = 300_000; // when the host does not say
const askAgain = 10_000; // between two attempts: strangers choose the kid
/**
 * A key that is not among those that are known makes them be fetched anew, as a
 * rotation does, and so does their age. While the host cannot be asked, those
 * that are known go on for an hour.
 */
export class Keys {
    at;
    fetch;
    now;
    #set = new Map();
    #fetched = -Infinity;
    #fresh = -Infinity;
    #tried = -Infinity;
    #error = "";
    #asking;
    constructor(at, fetch, now) {
        this.at = at;
        this.fetch = fetch;
        this.now = now;
    }
    async of(kid) {
        const known = this.#set.get(kid);
        if (known !== undefined && this.now() < this.#fresh)
            return known;
        if (this.#asking === undefined && this.now() >= this.#tried + askAgain) {
            this.#tried = this.now();
            this.#asking = this.#ask().finally(() => {
                this.#asking = undefined;
            });
        }
        await this.#asking;
        if (!(this.now() < this.#fetched + keepMost))
            throw new KeysError(`the host's keys cannot be had: ${this.#error}`);
        const key = this.#set.get(kid);
        if (key !== undefined)
            return key;
        if (this.#error !== "")
            throw new KeysError(`the host's keys cannot be had: ${this.#error}`); // it may be new
        throw new AssertionError("the host publishes no key of that kid");
    }
    async #ask() {
        try {
            const fetch = this.fetch; // it must not be called as a method
            const response = await fetch(this.at, {
                headers: { accept: "application/jwk-set+json, application/json" },
                redirect: "manual",
                signal: AbortSignal.timeout(fetchTimeout),
            });
            if (response.status !== 200) {
                await response.body?.cancel();
                throw new Error(`${this.at} answers ${response.status}`);
            }
            this.#set = await readKeys(await limited(response, maxKeySet));
            this.#fetched = this.now();
            this.#fresh = this.#fetched + lifeOf(response.headers.get("cache-control") ?? "");
            this.#error = "";
        }
        catch (error) {
            this.#error = error instanceof Error ? error.message : "no answer";
        }
    }
}
/** Takes the keys that can sign assertions; keys of other kinds may stand beside them. */
async function readKeys(text) {
    const list = JSON.parse(text)?.keys;
    if (!Array.isArray(list) || list.length > maxKeys)
        throw new Error("the key set is not of the expected form");
    const set = new Map();
    for (const key of list) {
        const { kty, crv, use = "sig", alg = "ES256", kid, x, y } = key ?? {};
        if (kty !== "EC" || crv !== "P-256" || use !== "sig" || alg !== "ES256" || typeof kid !== "string" || kid === "" || kid.length > maxKeyId)
            continue;
        if (typeof x !== "string" || typeof y !== "string")
            throw new Error("a key has no coordinates");
        if (set.has(kid))
            throw new Error("two keys have one kid");
        set.set(kid, await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]));
    }
    if (set.size === 0)
        throw new Error("the key set has no key for ES256");
    return set;
}
/** max-age of a Cache-Control header (RFC 9111, section 5.2.2.1), within bounds. */
function lifeOf(control) {
    const age = /(?:^|,)\s*max-age=(\d{1,7})\s*(?:,|$)/.exec(control)?.[1];
    return age === undefined ? keepUsual : Math.min(Math.max(Number(age) * 1000, keepLeast), keepMost);
}

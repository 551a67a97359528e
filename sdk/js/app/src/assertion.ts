// Verifying an assertion (RFC 7515, section 5.2; RFC 8725).

import type { Settings } from "./config.js";
import { AssertionError } from "./errors.js";
import type { Keys } from "./keys.js";

/** Who a request comes from, as the host said it in an assertion. */
export interface Identity {
  /** The provider's sub; unique together with issuer. */
  readonly subject: string;
  /** Of the person: the provider's iss. */
  readonly issuer: string;
  /** The provider's name in the host's configuration. */
  readonly idp: string;
  /** May be empty, like email. */
  readonly user: string;
  /** Only an address that is verified. */
  readonly email: string;
  readonly roles: readonly string[];
  /** Paths that were held when the assertion was made, a minute ago at most. */
  readonly levels: readonly string[];
  /** The same for as long as the session lasts. */
  readonly sessionId: string;
  /** Seconds: when the person proved who they are. */
  readonly authTime: number | undefined;
  /** Seconds: when the assertion ends, with the first of the levels at the latest. */
  readonly expires: number;
  /** All claims as they were signed, those of applications.NAME.assertion among them. */
  readonly claims: Readonly<Record<string, unknown>>;
}

const maxAssertion = 16 << 10; // characters; the host's identity headers are 12 KiB at most
const maxKeyId = 128;
const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * Returns who an assertion speaks of. Signature (ES256 and nothing else, with a
 * key that the host publishes), typ, iss, aud, exp and iat are verified.
 * @throws AssertionError when it is not valid
 * @throws KeysError when the host's keys cannot be had
 */
export async function verify(settings: Settings, keys: Keys, assertion: string): Promise<Identity> {
  if (assertion.length > maxAssertion || !form.test(assertion)) throw new AssertionError("it is no compact JWS");
  const [head = "", body = "", end = ""] = assertion.split(".");
  const key = await keys.of(keyIdOf(object(head)));
  const signature = bytes(end);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  if (signature.byteLength !== 64 || !(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, signed))) {
    throw new AssertionError("the signature is not the host's");
  }
  return identityOf(settings, object(body));
}

/** Holds the header to the one form that the host writes. */
function keyIdOf(header: Record<string, unknown>): string {
  const { alg, typ, kid } = header;
  if (alg !== "ES256") throw new AssertionError("it is not signed with ES256");
  if (typ !== "JWT") throw new AssertionError("typ is not JWT");
  if (Object.hasOwn(header, "crit")) throw new AssertionError("it has critical extensions");
  if (typeof kid !== "string" || kid === "" || kid.length > maxKeyId) throw new AssertionError("it names no key");
  return kid;
}

/** Checks the claims, whose signature is verified. */
function identityOf(settings: Settings, claims: Record<string, unknown>): Identity {
  const now = settings.now() / 1000;
  const { exp, iat } = claims;
  if (claims["iss"] !== settings.host) throw new AssertionError(`iss is not ${settings.host}`);
  if (claims["aud"] !== settings.name) throw new AssertionError(`aud is not ${settings.name}: it is for another application`);
  if (!seconds(exp) || !seconds(iat)) throw new AssertionError("exp or iat is missing, or no number of seconds");
  if (now >= exp + settings.leeway) throw new AssertionError(`it ended ${Math.floor(now - exp)} s ago`);
  if (iat > now + settings.leeway) throw new AssertionError(`it is from ${Math.ceil(iat - now)} s ahead: compare the clocks of host and application`);
  const text = (name: string): string => (typeof claims[name] === "string" ? (claims[name] as string) : "");
  if (text("sub") === "" || text("sid") === "") throw new AssertionError("sub or sid is missing");
  const { roles, levels, auth_time: authTime } = claims;
  if (!texts(roles) || !texts(levels)) throw new AssertionError("roles or levels are no list of texts");
  return Object.freeze({
    subject: text("sub"),
    issuer: text("idp_iss"),
    idp: text("idp"),
    user: text("user"),
    email: text("email"),
    roles: Object.freeze(roles),
    levels: Object.freeze(levels),
    sessionId: text("sid"),
    authTime: seconds(authTime) ? authTime : undefined,
    expires: exp,
    claims: Object.freeze(claims),
  });
}

function seconds(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 && value <= 2 ** 40;
}

function texts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** base64url without padding, in its one spelling (RFC 7515, section 2). */
function bytes(part: string): Uint8Array<ArrayBuffer> {
  try {
    const raw = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    if (btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === part) {
      return Uint8Array.from(raw, (c) => c.charCodeAt(0));
    }
  } catch {
    // as below
  }
  throw new AssertionError("a part is not base64url");
}

function object(part: string): Record<string, unknown> {
  const raw = bytes(part);
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // as below
  }
  throw new AssertionError("a part is no JSON object");
}

import type { Settings } from "./config.js";
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
/**
 * Returns who an assertion speaks of. Signature (ES256 and nothing else, with a
 * key that the host publishes), typ, iss, aud, exp and iat are verified.
 * @throws AssertionError when it is not valid
 * @throws KeysError when the host's keys cannot be had
 */
export declare function verify(settings: Settings, keys: Keys, assertion: string): Promise<Identity>;

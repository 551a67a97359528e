/** An assertion that is not valid for this application now. */
export declare class AssertionError extends Error {
    name: string;
}
/** The host's keys cannot be had, so that nothing can be verified. */
export declare class KeysError extends Error {
    name: string;
}
/**
 * The request brings no session: nobody is signed in any more, or the proxy
 * keeps Doorward's cookie from the application.
 */
export declare class NoSessionError extends Error {
    name: string;
    constructor();
}
/** An answer of the host that is no success. */
export declare class HostError extends Error {
    readonly status: number;
    /** Stable (docs/errors.md); empty when the answer was not the host's own. */
    readonly code: string;
    name: string;
    constructor(status: number, 
    /** Stable (docs/errors.md); empty when the answer was not the host's own. */
    code: string);
}

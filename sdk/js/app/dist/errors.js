// The errors that callers tell apart.
/** An assertion that is not valid for this application now. */
export class AssertionError extends Error {
    name = "AssertionError";
}
/** The host's keys cannot be had, so that nothing can be verified. */
export class KeysError extends Error {
    name = "KeysError";
}
/**
 * The request brings no session: nobody is signed in any more, or the proxy
 * keeps Doorward's cookie from the application.
 */
export class NoSessionError extends Error {
    name = "NoSessionError";
    constructor() {
        super("the request brings no session");
    }
}
/** An answer of the host that is no success. */
export class HostError extends Error {
    status;
    code;
    name = "HostError";
    constructor(status, 
    /** Stable (docs/errors.md); empty when the answer was not the host's own. */
    code) {
        super(`the host answers ${status} ${code}`.trimEnd());
        this.status = status;
        this.code = code;
    }
}

// An access token that does not print itself.
/** An access token of the session's identity provider. Printing it does not show it. */
export class Token {
    type;
    expires;
    #value;
    constructor(value, 
    /** Bearer */
    type, 
    /** Milliseconds: when it ends; undefined when the provider did not say. */
    expires) {
        this.type = type;
        this.expires = expires;
        this.#value = value;
    }
    /** The token itself. */
    reveal() {
        return this.#value;
    }
    /** The value of an Authorization header. */
    authorization() {
        return `${this.type} ${this.#value}`;
    }
    toString() {
        return "[a token]";
    }
    toJSON() {
        return "[a token]";
    }
}

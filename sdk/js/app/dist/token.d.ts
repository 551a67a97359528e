/** An access token of the session's identity provider. Printing it does not show it. */
export declare class Token {
    #private;
    /** Bearer */
    readonly type: string;
    /** Milliseconds: when it ends; undefined when the provider did not say. */
    readonly expires: number | undefined;
    constructor(value: string, 
    /** Bearer */
    type: string, 
    /** Milliseconds: when it ends; undefined when the provider did not say. */
    expires: number | undefined);
    /** The token itself. */
    reveal(): string;
    /** The value of an Authorization header. */
    authorization(): string;
    toString(): string;
    toJSON(): string;
}

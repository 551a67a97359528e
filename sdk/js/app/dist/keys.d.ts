/**
 * A key that is not among those that are known makes them be fetched anew, as a
 * rotation does, and so does their age. While the host cannot be asked, those
 * that are known go on for an hour.
 */
export declare class Keys {
    #private;
    private readonly at;
    private readonly fetch;
    private readonly now;
    constructor(at: string, fetch: typeof globalThis.fetch, now: () => number);
    of(kid: string): Promise<CryptoKey>;
}

import type { RefusalCode } from "./refuse.js";
export interface Config {
    /** The public_url of the Doorward host. Plain http is for loopback only. */
    host: string;
    /** The application's name in the host's configuration. */
    name: string;
    /**
     * The application's own origin. session and token need it: they ask there,
     * under /.doorward/, which the proxy passes to the host.
     */
    origin?: string;
    /** The application's secret. token needs it. */
    secret?: string;
    /**
     * An address of the host inside the network, for calls that are not to go
     * through the proxy. The host must list the application's address in
     * trusted_proxies.
     */
    direct?: string;
    /** Seconds that the clocks of host and application may differ; 5, 60 at most. */
    leeway?: number;
    /** Makes the calls; the runtime's own by default. */
    fetch?: typeof fetch;
    /** Milliseconds; Date.now by default. */
    now?: () => number;
    /** Told why an assertion was refused, never what was in it. */
    log?: (message: string) => void;
    /** The body of a refusal, in place of a short page or a problem document. */
    refuse?: (refusal: {
        status: number;
        code: RefusalCode;
        level: string;
        page: boolean;
    }) => {
        type: string;
        body: string;
    };
}
export interface Settings {
    readonly host: string;
    readonly name: string;
    readonly origin: string;
    readonly secret: string;
    readonly direct: string;
    readonly leeway: number;
    readonly fetch: typeof fetch;
    readonly now: () => number;
    readonly log: (message: string) => void;
    readonly refuse: Config["refuse"];
}
/** Throws a TypeError that says what to change. */
export declare function settingsOf(config: Config): Settings;

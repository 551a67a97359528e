import { type Identity } from "./assertion.js";
import type { Settings } from "./config.js";
import type { Keys } from "./keys.js";
import { type Asked } from "./levels.js";
import { type Refusal } from "./refuse.js";
export declare const assertionHeader = "x-doorward-assertion";
/**
 * Whether a header speaks for the host, in whatever spelling. Such headers are
 * taken off every request: whoever is past the proxy can write them.
 */
export declare function speaksForHost(name: string): boolean;
/** Nobody without an assertion; a refusal when there is one that is not valid. */
export declare function identify(settings: Settings, keys: Keys, asked: Asked): Promise<{
    identity: Identity | null;
} | {
    refused: Refusal;
}>;
/** The answer to a request that lacks a level; undefined lets it through. */
export declare function demand(settings: Settings, asked: Asked, identity: Identity | null, level: string): Refusal | undefined;

import type { Identity } from "./assertion.js";
import type { Settings } from "./config.js";
import type { Keys } from "./keys.js";
export type FetchHandler = (request: Request, identity: Identity | null) => Response | Promise<Response>;
export declare function fetchHandler(settings: Settings, keys: Keys, handler: FetchHandler, level: string): (request: Request) => Promise<Response>;
export declare function demandOf(settings: Settings, request: Request, identity: Identity | null, level: string): Response | undefined;

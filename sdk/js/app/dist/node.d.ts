import type { Identity } from "./assertion.js";
import type { Settings } from "./config.js";
import type { Keys } from "./keys.js";
import type { Refusal } from "./refuse.js";
/** What is read of a request: node:http's has it, and so has Express's. */
export interface NodeRequest {
    method?: string | undefined;
    url?: string | undefined;
    /** Express: the whole path, also below a mount. */
    originalUrl?: string;
    headers: Record<string, string | string[] | undefined>;
    rawHeaders?: string[];
    headersDistinct?: Record<string, string[] | undefined>;
}
/** What is used of a response. */
export interface NodeResponse {
    writeHead(status: number, headers: Record<string, string>): unknown;
    end(body?: string): unknown;
}
export type Next = (error?: unknown) => void;
/** Who the request comes from; null for nobody, undefined where no middleware looked. */
export declare function identityOf(request: NodeRequest): Identity | null | undefined;
export declare function answer(response: NodeResponse, { status, headers, body }: Refusal): void;
export declare function middleware(settings: Settings, keys: Keys): (request: NodeRequest, response: NodeResponse, next: Next) => void;
export declare function levelMiddleware(settings: Settings, level: string): (request: NodeRequest, response: NodeResponse, next: Next) => void;

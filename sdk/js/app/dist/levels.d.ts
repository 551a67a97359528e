import type { Identity } from "./assertion.js";
import type { RefusalCode } from "./refuse.js";
/** Whether the level at path was held; nobody holds more than Public. */
export declare function holds(identity: Identity | null | undefined, path: string): boolean;
/** What a request asks for, as far as refusing it goes. */
export interface Asked {
    method: string;
    /** Path and query, as the client sent them. */
    target: string;
    host: string;
    header(name: string): string | undefined;
}
/** What becomes of a request: undefined lets it through. */
export type Verdict = {
    to: string;
} | {
    status: number;
    code: RefusalCode;
    challenge: string;
} | undefined;
/** Judges as the host's /auth does. */
export declare function judge(asked: Asked, identity: Identity | null, path: string): Verdict;
/** Whether a person's browser opens a page (Fetch Metadata Request Headers, section 2.3). */
export declare function navigates(asked: Asked): boolean;

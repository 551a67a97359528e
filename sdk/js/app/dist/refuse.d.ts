import type { Settings } from "./config.js";
export type RefusalCode = "assertion_invalid" | "keys_unavailable" | "session_missing" | "step_up_needed" | "level_missing";
/** An answer in place of the application's own. */
export interface Refusal {
    status: number;
    headers: Record<string, string>;
    body: string;
}
export declare function redirect(to: string): Refusal;
export declare function refusal(settings: Settings, why: {
    status: number;
    code: RefusalCode;
    challenge?: string;
    level?: string;
    page: boolean;
}): Refusal;

import type { Settings } from "./config.js";
import { Token } from "./token.js";
/** A request whose session is asked for: one of node:http, or a Request. */
export type Asker = {
    headers: Headers | Record<string, string | string[] | undefined>;
};
export interface Session {
    authenticated: boolean;
    idp: string;
    user: User;
    /** The levels that are held, as a tree. */
    securityLevels: Level[];
    /** The attribute-source document, by source. */
    idpAttributes: Record<string, unknown>;
}
/** The mapped user; what the person lacks is empty. */
export interface User {
    id: string;
    userName: string;
    firstName: string;
    lastName: string;
    email: string;
    roles: string[];
    /** Milliseconds. */
    timestamp: number;
    attributes: Record<string, unknown>;
}
export interface Level {
    name: string;
    /** Seconds; absent when it has no end. */
    until?: number;
    children: Level[];
}
export declare function session(settings: Settings, asker: Asker): Promise<Session>;
export declare function token(settings: Settings, asker: Asker, resource: string | undefined): Promise<Token>;

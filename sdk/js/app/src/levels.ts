// What it takes to be let through.

import type { Identity } from "./assertion.js";
import type { RefusalCode } from "./refuse.js";

/** Whether the level at path was held; nobody holds more than Public. */
export function holds(identity: Identity | null | undefined, path: string): boolean {
  return path === "Public" || (identity?.levels.includes(path) ?? false);
}

/** What a request asks for, as far as refusing it goes. */
export interface Asked {
  method: string;
  /** Path and query, as the client sent them. */
  target: string;
  host: string;
  header(name: string): string | undefined;
}

/** What becomes of a request: undefined lets it through. */
export type Verdict = { to: string } | { status: number; code: RefusalCode; challenge: string } | undefined;

/** Judges as the host's /auth does. */
export function judge(asked: Asked, identity: Identity | null, path: string): Verdict {
  if (holds(identity, path)) return undefined;
  if (under(path, "SecurityZones") || (identity !== null && under(path, "Authenticated/Roles"))) {
    return { status: 403, code: "level_missing", challenge: "" };
  }
  const level = path === "Authenticated" || under(path, "Authenticated/Roles") ? "" : path; // any login will do, for as much as one can do
  if ((asked.method === "GET" || asked.method === "HEAD") && navigates(asked)) return { to: startUrl(asked, level) };
  if (identity === null) return { status: 401, code: "session_missing", challenge: "Bearer" };
  const challenge = `Bearer error="insufficient_user_authentication", error_description="the person must prove who they are again", acr_values="${encoded(level, '%,"\\')}"`;
  return { status: 401, code: "step_up_needed", challenge };
}

function under(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** Whether a person's browser opens a page (Fetch Metadata Request Headers, section 2.3). */
export function navigates(asked: Asked): boolean {
  const mode = asked.header("sec-fetch-mode") ?? "";
  return mode === "" ? (asked.header("accept") ?? "").includes("text/html") : mode === "navigate";
}

const maxReturnTo = 1024; // bytes of an address that the host takes

/**
 * Begins a login that comes back to the request. What cannot come back whole
 * loses its query, and else leads to the application's first page.
 */
function startUrl(asked: Asked, level: string): string {
  const fits = (to: string): boolean => to.startsWith("/") && !to.startsWith("//") && "https://".length + asked.host.length + to.length <= maxReturnTo;
  let to = encoded(asked.target, "\\");
  if (!fits(to)) to = to.split("?", 1)[0] ?? "";
  const query = new URLSearchParams();
  if (level !== "") query.set("level", level);
  if (fits(to)) query.set("return_to", to);
  return query.size === 0 ? "/.doorward/start" : `/.doorward/start?${query}`;
}

/** Percent-encodes what is no visible ASCII, and the characters of also. */
function encoded(text: string, also: string): string {
  let out = "";
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    const plain = byte > 0x20 && byte < 0x7f && !also.includes(character);
    out += plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

// What somebody sees who is not let through.

import type { Settings } from "./config.js";

export type RefusalCode = "assertion_invalid" | "keys_unavailable" | "session_missing" | "step_up_needed" | "level_missing";

/** An answer in place of the application's own. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** For the person who sees them. */
const sentences: Record<RefusalCode, [title: string, detail: string]> = {
  assertion_invalid: ["This request cannot be trusted", "What it says of you is not from the sign-in service, or not for this application. Open the page again; if that does not help, tell your administrator."],
  keys_unavailable: ["Sign-in cannot be checked just now", "The sign-in service does not answer, so nobody is let in. Try again in a moment."],
  session_missing: ["You are not signed in", "Open the page again and sign in."],
  step_up_needed: ["This needs a fresh proof of who you are", "Open the page again and sign in when you are asked."],
  level_missing: ["You may not open this", "Your session lacks a security level that this needs. Ask your administrator for it."],
};

/** The page's one style, and its hash for the page's own policy. */
const style = "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1.25rem}h1{font-size:1.5rem}code{overflow-wrap:anywhere}";
const styleHash = "BsBnvpG2ih1J9CTBTpQNaPXrGSe+GT/uvxFe8MPoO1s=";

/** The answer depends on who asks: no cache keeps it. */
const never = { "cache-control": "no-store", vary: "*" };

export function redirect(to: string): Refusal {
  return { status: 303, headers: { ...never, location: to }, body: "" };
}

export function refusal(settings: Settings, why: { status: number; code: RefusalCode; challenge?: string; level?: string; page: boolean }): Refusal {
  const { status, code, page, level = "", challenge = "" } = why;
  const { type, body } = settings.refuse?.({ status, code, level, page }) ?? (page ? shown(code) : problem(status, code));
  const headers: Record<string, string> = { ...never, "content-type": type, "x-content-type-options": "nosniff" };
  if (challenge !== "") headers["www-authenticate"] = challenge;
  if (page && settings.refuse === undefined) headers["content-security-policy"] = `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`;
  return { status, headers, body };
}

function problem(status: number, code: RefusalCode): { type: string; body: string } {
  const [title, detail] = sentences[code];
  return { type: "application/problem+json", body: JSON.stringify({ type: "about:blank", title, status, detail, code }) };
}

function shown(code: RefusalCode): { type: string; body: string } {
  const [title, detail] = sentences[code]; // none of them needs escaping
  const body = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${detail}</p>
<p>Code <code>${code}</code></p>
</main>
</body>
</html>
`;
  return { type: "text/html; charset=utf-8", body };
}

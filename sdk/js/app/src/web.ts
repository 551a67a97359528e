// For servers whose handlers take a Request and give a Response.

import type { Identity } from "./assertion.js";
import type { Settings } from "./config.js";
import { demand, identify, speaksForHost } from "./identify.js";
import type { Keys } from "./keys.js";
import type { Asked } from "./levels.js";
import type { Refusal } from "./refuse.js";

export type FetchHandler = (request: Request, identity: Identity | null) => Response | Promise<Response>;

function askedOf(request: Request): Asked {
  const { pathname, search, host } = new URL(request.url);
  return { method: request.method, target: pathname + search, host, header: (name) => request.headers.get(name) ?? undefined };
}

function responseOf({ status, headers, body }: Refusal): Response {
  return new Response(body === "" ? null : body, { status, headers });
}

function stripped(request: Request): Request {
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()]) if (speaksForHost(name)) headers.delete(name);
  return new Request(request, { headers });
}

export function fetchHandler(settings: Settings, keys: Keys, handler: FetchHandler, level: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const asked = askedOf(request);
    const result = await identify(settings, keys, asked);
    if ("refused" in result) return responseOf(result.refused);
    const refused = demand(settings, asked, result.identity, level);
    return refused === undefined ? handler(stripped(request), result.identity) : responseOf(refused);
  };
}

export function demandOf(settings: Settings, request: Request, identity: Identity | null, level: string): Response | undefined {
  const refused = demand(settings, askedOf(request), identity, level);
  return refused === undefined ? undefined : responseOf(refused);
}

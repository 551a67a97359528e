// Middleware for node:http, Express and their kin.

import type { Identity } from "./assertion.js";
import type { Settings } from "./config.js";
import { demand, identify, speaksForHost } from "./identify.js";
import type { Keys } from "./keys.js";
import type { Asked } from "./levels.js";
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

const identities = new WeakMap<NodeRequest, Identity | null>();

/** Who the request comes from; null for nobody, undefined where no middleware looked. */
export function identityOf(request: NodeRequest): Identity | null | undefined {
  return identities.get(request);
}

function askedOf(request: NodeRequest): Asked {
  const header = (name: string): string | undefined => [request.headers[name] ?? []].flat().join(", ") || undefined;
  return { method: request.method ?? "", target: request.originalUrl ?? request.url ?? "", host: header("host") ?? "", header };
}

/** Takes away what speaks for the host, wherever the request has it. */
function strip(request: NodeRequest): void {
  // Node.js makes the first two of rawHeaders when they are read: it comes last.
  for (const of of [request.headers, request.headersDistinct ?? {}]) {
    for (const name of Object.keys(of)) if (speaksForHost(name)) delete of[name];
  }
  const raw = request.rawHeaders ?? [];
  for (let i = raw.length - 2; i >= 0; i -= 2) if (speaksForHost(raw[i] ?? "")) raw.splice(i, 2);
}

export function answer(response: NodeResponse, { status, headers, body }: Refusal): void {
  response.writeHead(status, { ...headers, "content-length": String(new TextEncoder().encode(body).byteLength) });
  response.end(body);
}

export function middleware(settings: Settings, keys: Keys): (request: NodeRequest, response: NodeResponse, next: Next) => void {
  return (request, response, next) => {
    const asked = askedOf(request);
    const found = identify(settings, keys, asked);
    strip(request); // before anything else can look
    found.then(
      (result) => {
        if ("refused" in result) {
          answer(response, result.refused);
          return;
        }
        identities.set(request, result.identity);
        next();
      },
      (error: unknown) => next(error ?? new Error("the identity cannot be verified")),
    );
  };
}

export function levelMiddleware(settings: Settings, level: string): (request: NodeRequest, response: NodeResponse, next: Next) => void {
  return (request, response, next) => {
    const identity = identities.get(request);
    if (identity === undefined) {
      next(new Error("requireLevel does not stand behind middleware()"));
      return;
    }
    const refused = demand(settings, askedOf(request), identity, level);
    if (refused === undefined) next();
    else answer(response, refused);
  };
}

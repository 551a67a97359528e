// Middleware for node:http, Express and their kin.
import { demand, identify, speaksForHost } from "./identify.js";
const identities = new WeakMap();
/** Who the request comes from; null for nobody, undefined where no middleware looked. */
export function identityOf(request) {
    return identities.get(request);
}
function askedOf(request) {
    const header = (name) => [request.headers[name] ?? []].flat().join(", ") || undefined;
    return { method: request.method ?? "", target: request.originalUrl ?? request.url ?? "", host: header("host") ?? "", header };
}
/** Takes away what speaks for the host, wherever the request has it. */
function strip(request) {
    // Node.js makes the first two of rawHeaders when they are read: it comes last.
    for (const of of [request.headers, request.headersDistinct ?? {}]) {
        for (const name of Object.keys(of))
            if (speaksForHost(name))
                delete of[name];
    }
    const raw = request.rawHeaders ?? [];
    for (let i = raw.length - 2; i >= 0; i -= 2)
        if (speaksForHost(raw[i] ?? ""))
            raw.splice(i, 2);
}
export function answer(response, { status, headers, body }) {
    response.writeHead(status, { ...headers, "content-length": String(new TextEncoder().encode(body).byteLength) });
    response.end(body);
}
export function middleware(settings, keys) {
    return (request, response, next) => {
        const asked = askedOf(request);
        const found = identify(settings, keys, asked);
        strip(request); // before anything else can look
        found.then((result) => {
            if ("refused" in result) {
                answer(response, result.refused);
                return;
            }
            identities.set(request, result.identity);
            next();
        }, (error) => next(error ?? new Error("the identity cannot be verified")));
    };
}
export function levelMiddleware(settings, level) {
    return (request, response, next) => {
        const identity = identities.get(request);
        if (identity === undefined) {
            next(new Error("requireLevel does not stand behind middleware()"));
            return;
        }
        const refused = demand(settings, askedOf(request), identity, level);
        if (refused === undefined)
            next();
        else
            answer(response, refused);
    };
}

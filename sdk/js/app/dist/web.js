// For servers whose handlers take a Request and give a Response.
import { demand, identify, speaksForHost } from "./identify.js";
function askedOf(request) {
    const { pathname, search, host } = new URL(request.url);
    return { method: request.method, target: pathname + search, host, header: (name) => request.headers.get(name) ?? undefined };
}
function responseOf({ status, headers, body }) {
    return new Response(body === "" ? null : body, { status, headers });
}
function stripped(request) {
    const headers = new Headers(request.headers);
    for (const name of [...headers.keys()])
        if (speaksForHost(name))
            headers.delete(name);
    return new Request(request, { headers });
}
export function fetchHandler(settings, keys, handler, level) {
    return async (request) => {
        const asked = askedOf(request);
        const result = await identify(settings, keys, asked);
        if ("refused" in result)
            return responseOf(result.refused);
        const refused = demand(settings, asked, result.identity, level);
        return refused === undefined ? handler(stripped(request), result.identity) : responseOf(refused);
    };
}
export function demandOf(settings, request, identity, level) {
    const refused = demand(settings, askedOf(request), identity, level);
    return refused === undefined ? undefined : responseOf(refused);
}

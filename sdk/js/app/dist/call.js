// Asking the host for the session of a request.
import { HostError, NoSessionError } from "./errors.js";
import { limited } from "./limited.js";
import { Token } from "./token.js";
const callTimeout = 10_000; // milliseconds
const maxSession = 8 << 20; // bytes
const maxToken = 1 << 20;
const maxProblem = 64 << 10;
export async function session(settings, asker) {
    const document = (await ask(settings, asker, "/.doorward/session", undefined, maxSession));
    if (document.authenticated !== true)
        throw new NoSessionError();
    return document;
}
export async function token(settings, asker, resource) {
    if (settings.secret === "")
        throw new TypeError("secret is empty: tokens are handed only to an application that authenticates");
    const form = new URLSearchParams(resource === undefined ? {} : { resource });
    const asked = settings.now();
    const answer = (await ask(settings, asker, "/.doorward/session/token", form, maxToken));
    const { access_token: value, token_type: type = "Bearer", expires_in: left } = answer;
    if (typeof value !== "string" || typeof type !== "string" || !/^[!-~]+$/.test(value) || !/^[!-~]+$/.test(type)) {
        throw new Error("the host's answer has no access token that a header can carry");
    }
    const expires = typeof left === "number" && left > 0 ? asked + left * 1000 : undefined;
    return new Token(value, type.toLowerCase() === "bearer" ? "Bearer" : type, expires);
}
/** A call at the application's own origin, or straight to the host with the origin in a proxy's headers. */
async function ask(settings, asker, path, form, most) {
    if (settings.origin === "")
        throw new TypeError("origin is empty: write the application's origin, such as https://wiki.example.com");
    const headers = { accept: "application/json", cookie: handleOf(settings, asker) };
    if (settings.direct !== "") {
        const { protocol, host } = new URL(settings.origin);
        headers["x-forwarded-proto"] = protocol.slice(0, -1);
        headers["x-forwarded-host"] = host;
    }
    if (settings.secret !== "")
        headers["authorization"] = `Basic ${btoa(`${formEncoded(settings.name)}:${formEncoded(settings.secret)}`)}`; // RFC 6749, section 2.3.1
    const call = settings.fetch; // it must not be called as a method
    const response = await call((settings.direct || settings.origin) + path, {
        method: form === undefined ? "GET" : "POST",
        headers,
        redirect: "manual",
        signal: AbortSignal.timeout(callTimeout),
        ...(form === undefined ? {} : { body: form }),
    });
    if (response.status !== 200)
        throw await failed(response);
    const value = JSON.parse(await limited(response, most));
    if (typeof value !== "object" || value === null || Array.isArray(value))
        throw new Error("the host's answer is no JSON object");
    return value;
}
/** Of the cookies that the request brings, the host's for this origin, and no other. Two of them are none. */
function handleOf(settings, asker) {
    const { protocol, port } = new URL(settings.origin);
    const name = protocol === "https:" ? "__Host-doorward" : `doorward-${port || "80"}`;
    const { headers } = asker;
    const sent = headers instanceof Headers ? headers.get("cookie") : headers["cookie"];
    const found = [sent ?? ""].flat().join(";").split(";").map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${name}=`));
    const [handle = ""] = found;
    if (found.length !== 1 || !/^[^=]+=[!#-+\--:<-[\]-~]+$/.test(handle))
        throw new NoSessionError();
    return handle;
}
function formEncoded(text) {
    return new URLSearchParams({ v: text }).toString().slice("v=".length);
}
async function failed(response) {
    let code = "";
    try {
        const own = response.headers.get("content-type")?.startsWith("application/problem+json") === true;
        if (own)
            code = String(JSON.parse(await limited(response, maxProblem)).code ?? "").slice(0, 64);
        else
            await response.body?.cancel();
    }
    catch {
        // the status says enough
    }
    return code === "session_missing" ? new NoSessionError() : new HostError(response.status, code);
}

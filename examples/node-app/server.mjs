// @ts-check
// A small wiki whose server knows who is there by Doorward's signed assertion,
// asks for a fresh proof where that matters, and calls an API with the person's
// access token. README.md says how to start it.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Doorward, NoSessionError } from "@doorward/app";
import { page } from "./page.mjs";

const { LISTEN = "127.0.0.1:3001", HOST = "http://localhost:8080", ORIGIN = "http://127.0.0.1:8081", WIKI_SECRET = "" } = process.env;
const doorward = new Doorward({ host: HOST, name: "wiki", origin: ORIGIN, secret: WIKI_SECRET, log: console.error });
const api = `${HOST}/idp/userinfo`; // the provider's: an API that takes its access tokens

/** @typedef {import("node:http").IncomingMessage} Request */
/** @typedef {import("node:http").ServerResponse} Response */

/** @param {Response} response @param {string} type @param {string} body */
function send(response, type, body, status = 200) {
  response.writeHead(status, {
    "content-type": type, "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'",
  });
  response.end(body);
}

/** @param {Request} request @param {Response} response @param {string} title @param {object} [data] */
function show(request, response, title, data = {}) {
  send(response, "text/html; charset=utf-8", page(title, doorward.identity(request), data));
}

/** What the host says of the session now, and what an API says that is called with the person's token.
 * @param {Request} request @param {Response} response */
async function mine(request, response) {
  const session = await doorward.session(request);
  const token = await doorward.token(request);
  const answer = await fetch(api, { headers: { authorization: token.authorization() }, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`the api answers ${answer.status}`);
  show(request, response, "My session", { session, api: JSON.stringify(await answer.json(), null, 2) });
}

/** @type {Record<string, {level?: string, handle: (request: Request, response: Response) => unknown}>} */
const routes = {
  "GET /": { handle: (request, response) => show(request, response, "Home") },
  "GET /mine": { level: "Authenticated", handle: mine },
  "GET /secrets": { level: "Authenticated/Fresh", handle: (request, response) => show(request, response, "Secrets", { secret: "The cake is in the second drawer." }) },
  // For scripts: without a fresh proof they get a challenge, and the browser script makes a step-up of it.
  "POST /api/note": { level: "Authenticated/Fresh", handle: (request, response) => send(response, "application/json", JSON.stringify({ saved: `for ${doorward.identity(request)?.user}` })) },
  "GET /admin": { level: "Authenticated/Roles/admin", handle: (request, response) => show(request, response, "Administration") },
  "GET /style.css": { handle: (_, response) => send(response, "text/css; charset=utf-8", style) },
  "GET /note.js": { handle: (_, response) => send(response, "text/javascript; charset=utf-8", script) },
};
const style = readFileSync(new URL("style.css", import.meta.url), "utf8");
const script = readFileSync(new URL("note.js", import.meta.url), "utf8");

const identify = doorward.middleware();
const [hostname, port] = LISTEN.split(":");
createServer((request, response) => {
  /** @param {unknown} error */
  const fail = (error) => {
    if (error instanceof NoSessionError) return void response.writeHead(303, { location: "/" }).end(); // it ended a moment ago
    console.error(error);
    send(response, "text/plain; charset=utf-8", "The sign-in service or the API does not answer. Try again in a moment.", 502);
  };
  identify(request, response, (error) => {
    if (error) return fail(error);
    const route = routes[`${request.method} ${new URL(request.url ?? "/", ORIGIN).pathname}`];
    if (route === undefined) return send(response, "text/plain; charset=utf-8", "There is no such page.", 404);
    const handle = () => Promise.resolve(route.handle(request, response)).catch(fail);
    if (route.level === undefined) return void handle();
    return doorward.requireLevel(route.level)(request, response, (error) => (error ? fail(error) : handle()));
  });
}).listen(Number(port), hostname);

// The application that the suite in host/hosttest/behind asks for, on node:http.
// What it must know comes in the environment.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Doorward, HostError, NoSessionError } from "../dist/index.js";

const { HOST, NAME, ORIGIN, SECRET, DIRECT, CLOCK, PORT } = process.env;
const now = () => Number(readFileSync(CLOCK, "utf8"));
const usual = new Doorward({ host: HOST, name: NAME, origin: ORIGIN, secret: SECRET, now });
const direct = new Doorward({ host: HOST, name: NAME, origin: ORIGIN, secret: SECRET, direct: DIRECT, now });
const wrong = new Doorward({ host: HOST, name: NAME, origin: ORIGIN, secret: "wrong", now });
const asking = (query) => (query.has("direct") ? direct : query.has("wrong") ? wrong : usual);

function who(request, response) {
  const id = usual.identity(request);
  response.end(id ? `${id.user} of ${id.idp}: ${id.subject}, ${id.email}, ${id.roles.join()}, ${JSON.stringify(id.claims.team ?? null)}` : "nobody");
}

function said(error) {
  if (error instanceof NoSessionError) return "error: no session";
  if (error instanceof HostError) return `error: ${error.status} ${error.code}`;
  return "error: other";
}

const levels = { "/in": "Authenticated", "/fresh": "Authenticated/Fresh", "/admin": "Authenticated/Roles/admin", "/plant": "SecurityZones/plant" };
const answers = {
  "/session": async (request, query) => {
    const { user, idp } = await asking(query).session(request);
    return `${user.userName} of ${idp}, ${user.roles.join()}, ${JSON.stringify(user.attributes.team ?? null)}`;
  },
  "/token": async (request, query) => {
    const token = await asking(query).token(request, query.get("resource") ?? undefined);
    return `${token} ${token.type} ${token.reveal()}`;
  },
};

const identify = usual.middleware();
createServer((request, response) => {
  const fail = (error) => {
    response.writeHead(500);
    response.end(String(error));
  };
  identify(request, response, (error) => {
    if (error) return fail(error);
    const { pathname, searchParams } = new URL(request.url, ORIGIN);
    if (levels[pathname]) return usual.requireLevel(levels[pathname])(request, response, (error) => (error ? fail(error) : who(request, response)));
    if (answers[pathname]) return answers[pathname](request, searchParams).then((text) => response.end(text), (error) => response.end(said(error)));
    return who(request, response);
  });
}).listen(Number(PORT), "127.0.0.1");

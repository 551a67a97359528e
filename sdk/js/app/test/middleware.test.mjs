// What a handler gets, and what somebody sees who is not let through.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { Doorward, Token, holds } from "../dist/index.js";

const config = { host: "https://login.example.com", name: "wiki", fetch: () => Promise.reject(new Error("no calls")) };

function asked(headers, target = "/", method = "GET") {
  const raw = Object.entries(headers).flat();
  return { method, url: target, headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v])), rawHeaders: raw, headersDistinct: {} };
}

function response() {
  return { writeHead(status, headers) { Object.assign(this, { status, headers }); }, end(body) { this.body = body; } };
}

const pass = (middleware, request, answer = response()) =>
  new Promise((resolve) => {
    const end = answer.end;
    answer.end = function (body) { end.call(this, body); resolve({ answer, passed: false }); };
    middleware(request, answer, (error) => resolve({ answer, passed: true, error }));
  });

test("T02 forged headers are taken off in every spelling", async () => {
  const doorward = new Doorward(config);
  for (const name of ["X-Doorward-User", "x_doorward_user", "X-DOORWARD-LEVELS", "x-doorward_assertion", "X-Doorward-Anything"]) {
    const request = asked({ [name]: "root", "X-Other": "kept" });
    const { passed, error } = await pass(doorward.middleware(), request);
    assert.ok(passed && !error);
    assert.deepEqual(request.headers, { "x-other": "kept" });
    assert.deepEqual(request.rawHeaders, ["X-Other", "kept"]);
    assert.equal(doorward.identity(request), null);
    const seen = await doorward.fetchHandler((r, id) => Response.json({ names: [...r.headers.keys()], id }))(new Request("https://wiki.example.com/", { headers: { [name]: "root", "x-other": "kept" } }));
    assert.deepEqual(await seen.json(), { names: ["x-other"], id: null });
  }
});

test("nobody is sent to the login, and comes back", async () => {
  const doorward = new Doorward(config);
  const long = `/p?${"x".repeat(1100)}`;
  for (const [target, level, to] of [
    ["/p?x=1&y=%2F", "Authenticated", "/.doorward/start?return_to=%2Fp%3Fx%3D1%26y%3D%252F"],
    ["/p", "Authenticated/Fresh", "/.doorward/start?level=Authenticated%2FFresh&return_to=%2Fp"],
    ["/p", "Authenticated/Roles/admin", "/.doorward/start?return_to=%2Fp"],
    ["//evil.example/", "Authenticated", "/.doorward/start"],
    ["/\\evil.example", "Authenticated", "/.doorward/start?return_to=%2F%255Cevil.example"],
    ["/é?ü", "Authenticated", "/.doorward/start?return_to=%2F%25C3%25A9%3F%25C3%25BC"],
    [long, "Authenticated", "/.doorward/start?return_to=%2Fp"],
    [`/${"x".repeat(1100)}`, "Authenticated", "/.doorward/start"],
  ]) {
    const request = asked({ host: "wiki.example.com", "sec-fetch-mode": "navigate" }, target);
    await pass(doorward.middleware(), request);
    const { answer, passed } = await pass(doorward.requireLevel(level), request);
    assert.ok(!passed);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, to);
    assert.equal(answer.headers["cache-control"], "no-store");
  }
  for (const [headers, method] of [[{ accept: "application/json" }, "GET"], [{ "sec-fetch-mode": "cors", accept: "text/html" }, "GET"], [{ "sec-fetch-mode": "navigate" }, "POST"], [{}, "GET"]]) {
    const request = asked(headers, "/p", method);
    await pass(doorward.middleware(), request);
    const { answer } = await pass(doorward.requireLevel("Authenticated/Fresh"), request);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers["www-authenticate"], "Bearer");
  }
  const open = asked({});
  await pass(doorward.middleware(), open);
  assert.ok((await pass(doorward.requireLevel("Public"), open)).passed);
});

test("requireLevel alone lets nobody through", async () => {
  const { passed, error } = await pass(new Doorward(config).requireLevel("Authenticated"), asked({}));
  assert.ok(passed && error instanceof Error);
});

test("a refusal of one's own", async () => {
  const doorward = new Doorward({ ...config, refuse: ({ code, level, page }) => ({ type: "text/plain", body: `${code} ${level} ${page}` }) });
  const answer = await doorward.fetchHandler(() => assert.fail("reached"), "Authenticated/Fresh")(new Request("https://wiki.example.com/", { method: "POST" }));
  assert.equal(await answer.text(), "session_missing Authenticated/Fresh false");
  assert.equal(answer.headers.get("www-authenticate"), "Bearer");
});

test("a configuration that is wrong is refused", () => {
  for (const wrong of [
    {}, { name: "" }, { host: "http://login.example.com" }, { host: "login.example.com" }, { host: "https://l.example/x" }, { host: "https://u:p@l.example" }, { host: "http://127.0.0.1.evil.example" },
    { origin: "http://wiki.example" }, { direct: "ftp://x" }, { leeway: 61 }, { leeway: -1 }, { leeway: NaN },
  ]) {
    assert.throws(() => new Doorward(Object.keys(wrong).length === 0 ? {} : { ...config, ...wrong }), TypeError, JSON.stringify(wrong));
  }
  for (const right of [{ host: "http://localhost:8080" }, { host: "http://wiki.localhost:1" }, { host: "http://[::1]:1" }, { host: "https://l.example/" }, { direct: "http://10.0.0.5:8080" }]) new Doorward({ ...config, ...right });
});

test("cookies: the handle alone goes on, and two are none", async () => {
  let sent;
  const doorward = new Doorward({ ...config, origin: "https://wiki.example.com", secret: "a-secret", fetch: async (at, options) => { sent = { at, ...options }; return Response.json({ authenticated: true, user: {}, securityLevels: [] }); } });
  await doorward.session({ headers: { cookie: "theme=dark; __Host-doorward=h1; own=1; __Host-doorward-start-x=2" } });
  assert.equal(sent.headers.cookie, "__Host-doorward=h1");
  assert.equal(sent.at, "https://wiki.example.com/.doorward/session");
  assert.equal(Buffer.from(sent.headers.authorization.slice("Basic ".length), "base64").toString(), "wiki:a-secret");
  await doorward.session({ headers: new Headers({ cookie: "__Host-doorward=h2" }) });
  for (const cookie of [undefined, "", "a=b", "__Host-doorward=", "__Host-doorward=a; __Host-doorward=b", "__Host-doorward=a b", "doorward=h", "__Host-doorward=a\r\nx: y"]) {
    await assert.rejects(doorward.session({ headers: { cookie } }), { name: "NoSessionError" });
  }
});

test("answers of the host are not believed blindly", async () => {
  const asking = (answer) => new Doorward({ ...config, origin: "https://wiki.example.com", secret: "s", fetch: async () => answer }).token({ headers: { cookie: "__Host-doorward=h" } }, "https://api.example.com");
  for (const body of ["{}", "[]", "null", "x", '{"access_token":""}', '{"access_token":"a b"}', '{"access_token":"a\\r\\nX: y"}', '{"access_token":1}', `{"access_token":"${"x".repeat(2 << 20)}"}`]) {
    await assert.rejects(asking(new Response(body)), Error, body.slice(0, 40));
  }
  await assert.rejects(asking(new Response(null, { status: 302, headers: { location: "https://evil.example" } })), { name: "HostError", status: 302 });
  await assert.rejects(asking(new Response('{"code":"token_audience"}', { status: 409, headers: { "content-type": "application/problem+json" } })), { name: "HostError", code: "token_audience" });
  await assert.rejects(asking(new Response('{"code":"session_missing"}', { status: 401, headers: { "content-type": "application/problem+json" } })), { name: "NoSessionError" });
  const token = await asking(Response.json({ access_token: "abc", token_type: "bearer", expires_in: 60 }));
  assert.equal(token.authorization(), "Bearer abc");
});

test("a token does not print itself", () => {
  const token = new Token("very-secret", "Bearer", undefined);
  for (const text of [`${token}`, JSON.stringify({ token }), inspect(token), inspect({ token }, { showHidden: true, depth: 9 })]) assert.ok(!text.includes("very-secret"), text);
});

test("levels", () => {
  assert.ok(holds(null, "Public") && !holds(null, "Authenticated") && !holds({ levels: ["Authenticated"] }, "Authenticated/Fresh") && holds({ levels: ["Authenticated"] }, "Authenticated"));
});

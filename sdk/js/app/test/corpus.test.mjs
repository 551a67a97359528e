// Whatever is not the host's own assertion for this very application now says
// nothing of anybody.

import assert from "node:assert/strict";
import { createHmac, createPublicKey } from "node:crypto";
import { test } from "node:test";
import { AssertionError, Doorward, KeysError } from "../dist/index.js";

const host = "https://login.example.com";
const start = 1790000000; // seconds
const b64 = (value) => Buffer.from(typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value)).toString("base64url");

async function signing(kid) {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return { kid, privateKey, jwk: { kty, crv, x, y, kid, use: "sig", alg: "ES256" }, header: { alg: "ES256", kid, typ: "JWT" } };
}

async function sign(key, header, claims) {
  const input = `${b64(header)}.${b64(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, Buffer.from(input));
  return `${input}.${b64(new Uint8Array(signature))}`;
}

const good = {
  iss: host, aud: "wiki", sub: "p-1", sid: "s-1", iat: start, exp: start + 60, idp: "corp", idp_iss: "https://idp.example",
  user: "ada", email: "ada@example.com", roles: ["admin"], levels: ["Authenticated"], auth_time: start - 5, team: { n: 1 },
};

/** A host that publishes keys, and a clock. */
function site(...keys) {
  const s = {
    now: start * 1000, asked: 0,
    answer: () => new Response(JSON.stringify({ keys: s.keys.map((k) => k.jwk) }), { headers: { "cache-control": "public, max-age=300" } }),
    keys,
  };
  s.doorward = () =>
    new Doorward({
      host, name: "wiki", now: () => s.now,
      fetch: async (at, options) => {
        s.asked++;
        assert.equal(at, `${host}/.well-known/jwks.json`);
        assert.equal(options.redirect, "manual");
        return s.answer();
      },
    });
  return s;
}

const one = await signing("k1");
const stranger = await signing("k1");

test("a good assertion", async () => {
  const id = await site(one).doorward().verify(await sign(one, one.header, good));
  assert.deepEqual({ ...id, claims: id.claims.team }, {
    subject: "p-1", issuer: "https://idp.example", idp: "corp", user: "ada", email: "ada@example.com", roles: ["admin"], levels: ["Authenticated"],
    sessionId: "s-1", authTime: start - 5, expires: start + 60, claims: { n: 1 },
  });
  assert.throws(() => id.levels.push("Authenticated/Fresh"), TypeError);
});

test("T17 the corpus", async (t) => {
  const doorward = site(one).doorward();
  const whole = await sign(one, one.header, good);
  const [head, body, end] = whole.split(".");
  const pem = createPublicKey({ key: one.jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
  const hs = (secret) => {
    const input = `${b64({ ...one.header, alg: "HS256" })}.${body}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  const header = (change) => sign(one, { ...one.header, ...change }, good);
  const claims = (change) => sign(one, one.header, { ...good, ...change });
  const corpus = {
    word: "x", "two parts": `${head}.${body}`, "four parts": `${whole}.x`, dots: "..", long: "a".repeat(20 << 10), padded: `${head}=.${body}.${end}`, spaces: ` ${whole}`, newline: `${whole}\n`, twice: `${whole}, ${whole}`, "empty and good": `, ${whole}`,
    none: `${b64({ alg: "none", typ: "JWT", kid: "k1" })}.${body}.`, "none, signed": `${b64({ alg: "none", typ: "JWT", kid: "k1" })}.${body}.${end}`, "alg missing": await header({ alg: undefined }), "alg RS256": await header({ alg: "RS256" }), "alg es256": await header({ alg: "es256" }), "alg list": await header({ alg: ["ES256"] }),
    "HS256 by PEM": hs(pem), "HS256 by x": hs(Buffer.from(one.jwk.x, "base64url")), "HS256 by nothing": hs(""),
    stranger: await sign(stranger, stranger.header, good), "own key": await sign(stranger, { ...stranger.header, jwk: stranger.jwk, jku: "https://evil.example" }, good), zeros: `${head}.${body}.${b64(new Uint8Array(64))}`, short: `${head}.${body}.${end.slice(0, -4)}`,
    "other claims": `${head}.${b64({ ...good, sub: "root" })}.${end}`, "no kid": await header({ kid: undefined }), "unknown kid": await header({ kid: "k2" }), __proto__kid: await header({ kid: "__proto__" }), "typ missing": await header({ typ: undefined }), "typ logout": await header({ typ: "logout+jwt" }), crit: await header({ crit: ["exp"] }),
    iss: await claims({ iss: "https://evil.example" }), "iss slash": await claims({ iss: `${host}/` }), aud: await claims({ aud: "blog" }), "aud list": await claims({ aud: ["wiki"] }), "no aud": await claims({ aud: undefined }),
    expired: await claims({ exp: start - 5 }), "exp text": await claims({ exp: String(start + 60) }), "exp huge": await claims({ exp: 1e300 }), "exp fraction": await claims({ exp: start + 60.5 }), "exp negative": await claims({ exp: -1 }), "no exp": await claims({ exp: undefined }),
    "iat ahead": await claims({ iat: start + 6 }), "no iat": await claims({ iat: undefined }), "no sub": await claims({ sub: undefined }), "sub number": await claims({ sub: 1 }), "no sid": await claims({ sid: "" }), "levels text": await claims({ levels: "Authenticated" }), "roles missing": await claims({ roles: undefined }),
    "not an object": await sign(one, one.header, [good]),
  };
  for (const [name, assertion] of Object.entries(corpus)) {
    await t.test(name, async () => {
      await assert.rejects(doorward.verify(assertion), AssertionError);
      const answer = await doorward.fetchHandler(() => assert.fail("the application was reached"))(new Request("https://wiki.example.com/", { headers: { "x-doorward-assertion": encodeURI(assertion).slice(0, 8000) } }));
      assert.equal(answer.status, 401);
    });
  }
  await doorward.verify(await claims({ exp: start - 4 }));
  await doorward.verify(await claims({ iat: start + 5 }));
});

test("keys: rotation, age, strangers", async () => {
  const two = await signing("k2");
  const s = site(one);
  const doorward = s.doorward();
  const verifies = async (key) => doorward.verify(await sign(key, key.header, { ...good, iat: s.now / 1000, exp: s.now / 1000 + 60 }));
  await Promise.all(Array.from({ length: 20 }, () => verifies(one)));
  assert.equal(s.asked, 1);
  for (let i = 0; i < 20; i++) await assert.rejects(verifies(two), AssertionError);
  assert.equal(s.asked, 1);
  s.now += 11_000;
  s.keys = [two, one];
  await verifies(two);
  await verifies(one);
  assert.equal(s.asked, 2);
  s.keys = [two];
  s.now += 360_000;
  await assert.rejects(verifies(one), AssertionError);
  await verifies(two);
});

test("T49 keys that cannot be had let nobody in", async () => {
  const point = { kty: "EC", crv: "P-256", kid: "k1", x: "A".repeat(43), y: "A".repeat(43) };
  const json = (value) => () => new Response(JSON.stringify(value));
  const bad = {
    500: () => new Response("{}", { status: 500 }), redirect: () => new Response(null, { status: 302, headers: { location: "/x" } }), html: () => new Response("<html>"), nothing: () => new Response(""), none: json({ keys: [] }),
    null: json(null), list: json([]), curve: json({ keys: [point] }), enc: json({ keys: [{ ...one.jwk, use: "enc" }] }), secret: json({ keys: [{ kty: "oct", k: "AAAA", kid: "k1" }] }), many: json({ keys: Array(40).fill(one.jwk) }), twice: json({ keys: [one.jwk, one.jwk] }),
    long: json({ keys: [one.jwk], x: "x".repeat(70_000) }), down: () => Promise.reject(new TypeError("fetch failed")),
  };
  const assertion = await sign(one, one.header, good);
  for (const [name, answer] of Object.entries(bad)) {
    const s = site(one);
    s.answer = answer;
    const doorward = s.doorward();
    await assert.rejects(doorward.verify(assertion), KeysError, name);
    const response = await doorward.fetchHandler(() => assert.fail("the application was reached"))(new Request("https://wiki.example.com/", { headers: { "x-doorward-assertion": assertion } }));
    assert.equal(response.status, 503, name);
    assert.equal((await response.json()).code, "keys_unavailable");
  }
  const s = site(one);
  const doorward = s.doorward();
  const fresh = async () => doorward.verify(await sign(one, one.header, { ...good, iat: s.now / 1000, exp: s.now / 1000 + 60 }));
  await fresh();
  s.answer = bad.down;
  s.now += 1_800_000;
  await fresh(); // known, for an hour
  s.now += 1_860_000;
  await assert.rejects(fresh(), KeysError);
});

// Failing, and what the conformance kit does not ask for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "./guests.mjs";

const { plugin } = await build("test/guest");

const map = (config, userInfo = {}, login = {}) => plugin.map({ sources: { userInfo }, config, login });

test("what is thrown is the reason, with its place", () => {
  assert.match(map({ do: "throw" }).failure, /^no team \(assembly\/guest\.ts:15:\d+\)$/);
  assert.match(map({ do: "assert" }).failure, /^the plugin aborted \(assembly\/guest\.ts:17:\d+\)$/);
  assert.match(map({ do: "index" }, {}, { time: 1 }).failure, /^Index out of range \(~lib\/array\.ts:\d+:\d+\)$/);
  assert.equal(map({ do: "index" }, {}, { time: 0 }).text, '{"set":{"roles":["a"]}}');
});

test("attributes stand in the order of their bytes", () => {
  assert.equal(map({ do: "names" }).text, '{"set":{"attributes":{"a":3,"a\\"":6,"aa":7,"ab":2,"b":0,"ü":5,"\uffee":4,"😀":1}}}');
});

test("the last value of an attribute counts, and absent sets nothing", () => {
  assert.equal(map({ do: "twice" }).text, '{"set":{"attributes":{"a":"2","b":-9223372036854775808}}}');
});

test("JSON that the mapper made is copied, lone surrogates apart", () => {
  assert.equal(map({ do: "json" }).text, '{"set":{"attributes":{"json":{"ü":"😀\ufffd"}}}}');
});

test("empty strings of the user are left out, empty attributes are not", () => {
  assert.equal(map({ do: "empty" }).text, '{"set":{"attributes":{"empty":"","none":[]}}}');
});

test("pointers inside a value", () => {
  const userInfo = { a: [[], [{ "b/c": { "~": 7 } }]], "": 1, "01": 2, ü: 3 };
  for (const [pointer, want] of [
    ["/a/1/0/b~1c/~0", 7], ["/", 1], ["/01", 2], ["/ü", 3], ["/a/0", []],
    ["/a/01", null], ["/a/-", null], ["/a/2", null], ["/a/1/0/x", null], ["/a/99999999999", null], ["/01/0", null],
    ["a", null], ["/~2", null], ["/~", null], ["/Ü", null],
  ]) {
    const { text } = map({ do: "inside", pointer }, userInfo);
    assert.equal(text, want === null ? "{}" : `{"set":{"attributes":{"value":${JSON.stringify(want)}}}}`, pointer);
  }
  assert.equal(map({ do: "inside", pointer: "" }, userInfo).text, `{"set":{"attributes":{"value":${JSON.stringify(userInfo)}}}}`);
});

test("kinds", () => {
  const { text } = map({ do: "kinds" }, { all: [{}, [], "t", -1, true, false, null] });
  assert.equal(text, '{"set":{"attributes":{"kinds":["object","array","text","number","bool","bool","null","absent","object"]}}}');
});

test("Math.random asks the host", () => {
  assert.equal(map({ do: "dice" }).text, '{"set":{"attributes":{"fair":true}}}');
});

test("a guest imports only what a host has", () => {
  for (const { module } of WebAssembly.Module.imports(plugin.module)) {
    assert.ok(module === "doorward" || module === "wasi_snapshot_preview1", module);
  }
});

// What the SDK reads and writes, through the conformance kit's guest.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build, vectors } from "./guests.mjs";

const { plugin } = await build("tck");

/** The exact result of a call with config as the config and value at /sources/userInfo/v. */
function result(config, value) {
  const sources = value === undefined ? "{}" : `{"userInfo":{"v":${value}}}`;
  const outcome = plugin.map(`{"version":1,"sources":${sources},"user":{},"login":{},"config":${JSON.stringify(config)}}`);
  return outcome.text ?? "failed: " + outcome.failure;
}

const attributes = (text) => `{"set":{"attributes":${text}}}`;

test("every vector of get", () => {
  const cases = JSON.parse(readFileSync(join(vectors, "pointers.json")));
  assert.ok(cases.length > 20);
  for (const { document, pointer, text } of cases) {
    const input = readFileSync(join(vectors, document), "utf8");
    const asked = input.replace(/"config":\{/, `"config":{"do":"get","pointer":${JSON.stringify(pointer)},`);
    const want = text === undefined ? `{"found":false}` : `{"found":true,"value":[${text}]}`;
    assert.equal(plugin.map(asked).text, attributes(want), pointer);
  }
});

const reading = [
  ["text", '"a"', '"a"'],
  ["text", '""', '""'],
  ["text", '"\\u00dc\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\"\\\\"', '"Ü😀/\\u0008\\u000c\\u000a\\u000d\\u0009\\"\\\\"'],
  ["text", '"0123456789abcdef"', '"0123456789abcdef"'],
  ["text", '"0123456789abcdefghijklmnopqrstuvwxyz\\u0041 and é, 日本 and 😀 at the end of thirty-two and more"', '"0123456789abcdefghijklmnopqrstuvwxyzA and é, 日本 and 😀 at the end of thirty-two and more"'],
  ["text", '"\\ud800"', null],
  ["text", '"\\udc00\\ud800"', null],
  ["text", '"\\ud800\\u0041"', null],
  ["text", "1", null],
  ["text", "null", null],
  ["text", '["a"]', null],
  ["texts", "[]", "[]"],
  ["texts", '[ "a" ,\n"b\\"]," , "" ]', '["a","b\\"],",""]'],
  ["texts", '"a"', null],
  ["texts", '["a",1]', null],
  ["texts", '["a",["b"]]', null],
  ["texts", "{}", null],
  ["int", "0", "0"],
  ["int", "-0", "0"],
  ["int", "9223372036854775807", "9223372036854775807"],
  ["int", "-9223372036854775808", "-9223372036854775808"],
  ["int", "9223372036854775808", null],
  ["int", "-9223372036854775809", null],
  ["int", "99999999999999999999", null],
  ["int", "1.0", null],
  ["int", "1e2", null],
  ["int", '"1"', null],
  ["number", "-0.50e+7", '"-0.50e+7"'],
  ["number", "12345678901234567890.10", '"12345678901234567890.10"'],
  ["number", "true", null],
  ["bool", "true", "true"],
  ["bool", "false", "false"],
  ["bool", '"true"', null],
  ["bool", "null", null],
];

for (const [what, value, want] of reading) {
  test(`${what} of ${value}`, () => {
    const read = want === null ? `{"ok":false}` : `{"ok":true,"value":${want}}`;
    assert.equal(result({ do: what, pointer: "/sources/userInfo/v" }, value), attributes(read));
    assert.equal(result({ do: what, pointer: "/sources/userInfo/w" }, value), attributes(`{"ok":false}`));
  });
}

test("every code point comes back as it is", () => {
  for (let from = 0; from < 0x110000; from += 0x1000) {
    if (from >= 0xd000 && from < 0xe000) continue;
    const text = JSON.stringify(String.fromCodePoint(...Array.from({ length: 0x1000 }, (_, i) => from + i)));
    const { text: got } = plugin.map({ sources: { userInfo: { v: JSON.parse(text) } }, config: { do: "text", pointer: "/sources/userInfo/v" } });
    assert.equal(JSON.parse(got).set.attributes.value, JSON.parse(text), from.toString(16));
  }
});

test("members in their order, decoded, with white space anywhere", () => {
  const value = ' { "b" : { "x" : [ "}" ] } , "\\u0061~/" : 1 , "" : "\\"{" , "ü":[] } ';
  assert.equal(result({ do: "members", pointer: "/sources/userInfo/v" }, value), attributes(`{"names":["b","a~/","","ü"],"ok":true}`));
  assert.equal(result({ do: "members", pointer: "/sources/userInfo/v" }, "{ }"), attributes(`{"names":[],"ok":true}`));
  assert.equal(result({ do: "members", pointer: "/sources/userInfo/v" }, "[]"), attributes(`{"ok":false}`));
});

test("forty members, one found from behind", () => {
  const value = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`claim-${i}`, i]));
  assert.equal(result({ do: "set", values: { attributes: value } }).length, '{"set":{"attributes":}}'.length + JSON.stringify(value).length);
});

test("the user and the login", () => {
  const input = readFileSync(join(vectors, "input-full.json"), "utf8");
  const asked = (what) => plugin.map(input.replace(/"config":\{/, `"config":{"do":"${what}",`)).text;
  assert.equal(asked("user"), `{"set":{"id":"4711","email":"a<b>@example.com","roles":["member"],"attributes":{"level":2.50}}}`);
  assert.equal(asked("login"), attributes(`{"forceAuth":true,"idp":"corp","protocol":"oidc","time":1577836800}`));
  assert.equal(plugin.map({ user: {}, config: { do: "user" } }).text, "{}");
  assert.equal(plugin.map({ user: { roles: [] }, config: { do: "user" } }).text, `{"set":{"roles":[]}}`);
});

test("everything that can be set, unset and said", () => {
  const values = { attributes: { z: [1, null], a: "\u0001" }, roles: ["r"], email: "e", lastName: "l", firstName: "f", userName: "u", id: "i\u007f" };
  assert.equal(result({ do: "set", values }), `{"set":{"id":"i\\u007f","userName":"u","firstName":"f","lastName":"l","email":"e","roles":["r"],"attributes":{"a":"\\u0001","z":[1,null]}}}`);
  assert.equal(result({ do: "clear", names: ["email", 'attributes."'] }), `{"unset":["email","attributes.\\""]}`);
  assert.equal(result({ do: "norole" }), `{"set":{"roles":[]}}`);
  assert.equal(result({ do: "deny", reason: "nö" }), `{"deny":{"reason":"nö"}}`);
  assert.equal(result({ do: "nothing" }), "{}");
  assert.equal(result({ do: "fail", reason: "bröken 😀" }), "failed: bröken 😀");
  assert.equal(result({ do: "dance" }), "failed: unknown test");
  const said = plugin.map({ config: { do: "log", level: 2, text: "süß", times: 3 } });
  assert.deepEqual([said.text, said.log], ["{}", ["warn: süß", "warn: süß", "warn: süß"]]);
});

test("large values", () => {
  assert.equal(result({ do: "big", n: 100000 }), attributes(`{"text":"${"x".repeat(100000)}"}`));
  const text = "äöü".repeat(50000);
  assert.equal(result({ do: "text", pointer: "/sources/userInfo/v" }, JSON.stringify(text)), attributes(`{"ok":true,"value":"${text}"}`));
});

test("another version of the boundary is refused", () => {
  const outcome = plugin.map({ version: 2, config: { do: "nothing" } });
  assert.match(outcome.failure, /version 2 is not 1/);
  assert.equal(outcome.text, undefined);
});

test("clock and randomness", () => {
  assert.equal(JSON.parse(result({ do: "time" })).set.attributes.time, "1577836800000001000");
  assert.match(JSON.parse(result({ do: "random" })).set.attributes.hex, /^[0-9a-f]{32}$/);
});

test("the next call does not grow the memory that the largest one left", () => {
  const large = { sources: { userInfo: { v: Array.from({ length: 12000 }, (_, i) => `group-${i}`) } }, config: { do: "texts", pointer: "/sources/userInfo/v" } };
  const warm = plugin.instance();
  warm.map(large);
  const left = warm.exports.memory.buffer.byteLength;
  assert.ok(left > 1 << 20, "the call was not large");
  warm.map(large);
  assert.equal(warm.exports.memory.buffer.byteLength, left);
});

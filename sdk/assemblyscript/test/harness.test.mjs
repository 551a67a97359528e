// The host in miniature against the vectors of the real one, and the example
// mapper in it, which gives the bytes that it gives in every language.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { golden } from "../doorward/host/golden.mjs";
import { find } from "../doorward/host/json.mjs";
import { build, vectors } from "./guests.mjs";

const { path } = await build("../../examples/plugins/assemblyscript");

test("the example gives the golden bytes", async () => {
  const { cases, problems } = await golden(path, join(vectors, "golden"));
  assert.deepEqual(problems, []);
  assert.ok(cases >= 12, `${cases} cases`);
});

test("get finds what the boundary's vectors say", () => {
  for (const { document, pointer, text, code } of JSON.parse(readFileSync(join(vectors, "pointers.json")))) {
    const got = find(readFileSync(join(vectors, document)), pointer);
    assert.equal(typeof got === "number" ? got : got.toString(), text ?? code, pointer);
  }
});

test("golden cases: a login file, a difference, a missing output, an update", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "doorward-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name, value) => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), typeof value === "string" ? value : JSON.stringify(value));
  };
  write("login/login.json", `{"format":"doorward.login/v1","sources":{"userInfo":{"groups":["a-b"]},"idTokenClaims":{"org":[ 1.50 ]},"tokenEndpointResponse":{}},"login":{"idp":"corp","receivedAt":7}}`);
  write("login/config.json", { prefix: "a-" });
  write("login/output.json", `{ "result": {"set":{"roles":["b"],"attributes":{"groupCount":1,"org":[1.50]}},"unset":["email"]}, "log": ["info: 1 of 1 groups became roles"] }`);
  const other = (await golden(path, folder)).problems;
  assert.equal(other.length, 1, "the org's white space is the document's own");
  write("login/output.json", `{ "result": {"set":{"roles":["b"],"attributes":{"groupCount":1,"org":[ 1.50 ]}},"unset":["email"]}, "log": ["info: 1 of 1 groups became roles"] }`);
  assert.deepEqual((await golden(path, folder)).problems, []);

  cpSync(join(vectors, "golden", "deny"), join(folder, "deny"), { recursive: true });
  writeFileSync(join(folder, "deny", "output.json"), `{"result":{},"log":[]}`);
  assert.match((await golden(path, folder)).problems.join(), /^deny:\n  got .*suspended/);
  rmSync(join(folder, "deny", "output.json"));
  assert.match((await golden(path, folder)).problems.join(), /no output\.json/);
  await golden(path, folder, true);
  assert.deepEqual(await golden(path, folder), { cases: 2, problems: [] });
  assert.equal(readFileSync(join(folder, "deny", "output.json"), "utf8"), readFileSync(join(vectors, "golden", "deny", "output.json"), "utf8"));
});

// Golden cases: node golden.mjs PLUGIN.wasm FOLDER [--update]
//
// FOLDER/CASE/input.json is the input of a call, or FOLDER/CASE/login.json a
// login file with the plugin's config in config.json; FOLDER/CASE/output.json
// is what comes of it: {"result":…,"log":[…]} with the result byte for byte,
// white space apart, or {"failure":"…","log":[…]}.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { load } from "./index.mjs";
import { compact, find } from "./json.mjs";

// What a plugin is granted unless its declaration says otherwise.
const granted = ["idTokenClaims", "userInfo"];

/**
 * Runs every case of folder with the plugin at path wasm and returns how many
 * there are and what is wrong, a text each. Each case is run twice: in a new
 * instance, and in one that has mapped the others before it, because a host
 * may warm a plugin up.
 */
export async function golden(wasm, folder, update = false) {
  const plugin = await load(wasm);
  const warm = plugin.instance();
  const problems = [];
  const cases = readdirSync(folder).filter((name) => isCase(join(folder, name)));
  if (cases.length === 0) problems.push(`${folder} has no CASE/input.json and no CASE/login.json`);
  for (const name of cases) {
    const input = inputOf(join(folder, name));
    const kept = join(folder, name, "output.json");
    const got = line(plugin.map(input));
    if (line(warm.map(input)) !== got) problems.push(`${name}: the second call of an instance gives something else; what does a variable outside the mapper keep?`);
    if (update) writeFileSync(kept, got + "\n");
    else if (!existsSync(kept)) problems.push(`${name}: there is no output.json; make it with --update`);
    else if (!same(got, readFileSync(kept))) problems.push(`${name}:\n  got  ${got}\n  want ${readFileSync(kept, "utf8").trimEnd()}`);
  }
  return { cases: cases.length, problems };
}

function isCase(folder) {
  return existsSync(join(folder, "input.json")) || existsSync(join(folder, "login.json"));
}

/** The bytes of a case's input. A login file's sources stand in it as they are. */
function inputOf(folder) {
  if (existsSync(join(folder, "input.json"))) return readFileSync(join(folder, "input.json"));
  const file = readFileSync(join(folder, "login.json"));
  const { idp = "", protocol = "", receivedAt: time = 0, forceAuth = false } = JSON.parse(file).login;
  const sources = granted.map((name) => [name, find(file, `/sources/${name}`)]).filter(([, value]) => value !== -1);
  const config = join(folder, "config.json");
  return `{"version":1,"sources":{${sources.map(([name, value]) => `"${name}":${value}`)}},"user":{},` +
    `"login":${JSON.stringify({ idp, protocol, time, forceAuth })},"config":${existsSync(config) ? readFileSync(config, "utf8") : "{}"}}`;
}

/** What a call gave, as output.json has it. */
function line(outcome) {
  const log = JSON.stringify(outcome.log);
  if ("failure" in outcome) return `{"failure":${JSON.stringify(outcome.failure)},"log":${log}}`;
  return `{"result":${outcome.text},"log":${log}}`;
}

/** Whether got is what an output.json wants: the result's bytes, the rest by meaning. */
function same(got, wanted) {
  const [result, want] = [Buffer.from(got), wanted].map((text) => find(text, "/result"));
  if (String(result) !== String(want) && (want === -1 || String(result) !== compact(want))) return false;
  const [one, other] = [got, String(wanted)].map((text) => JSON.parse(text));
  return one.failure === other.failure && JSON.stringify(one.log) === JSON.stringify(other.log);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [wasm, folder] = process.argv.slice(2).filter((argument) => argument !== "--update");
  if (!folder) {
    console.error("usage: node golden.mjs PLUGIN.wasm FOLDER [--update]");
    process.exit(2);
  }
  const { cases, problems } = await golden(wasm, folder, process.argv.includes("--update"));
  for (const problem of problems) console.error(problem);
  console.log(`${cases} golden cases, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

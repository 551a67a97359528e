// The guests that the tests run, built once into a folder that goes away.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "../doorward/host/index.mjs";

export const sdk = dirname(dirname(fileURLToPath(import.meta.url)));
export const vectors = join(sdk, "..", "abi", "testdata");

const folder = mkdtempSync(join(tmpdir(), "doorward-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

const compiler = join(sdk, "node_modules", "assemblyscript", "bin", "asc.js");

/**
 * Builds the guest whose source is in a folder below sdk/assemblyscript. It is
 * not optimised, which is quick; what authors ship is tested in the real host.
 */
export async function build(source) {
  const path = join(folder, source.replaceAll(/\W/g, "-") + ".wasm");
  const options = ["--config", "asconfig.json", "--optimizeLevel", "0", "--shrinkLevel", "0", "--outFile", path];
  execFileSync(process.execPath, [compiler, ...options], { cwd: join(sdk, source), stdio: ["ignore", "inherit", "inherit"] });
  return { path, plugin: await load(path) };
}

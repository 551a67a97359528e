// A host in miniature, so that a plugin can be tested with node alone. It
// keeps the rules of sdk/abi/README.md as far as a plugin can notice them;
// fuel, deadlines and sizes are the real host's.

import { readFile } from "node:fs/promises";
import { find } from "./json.mjs";

const levels = ["debug", "info", "warn", "error"];

/** Reads and compiles the plugin at path. */
export async function load(path) {
  return new Plugin(new WebAssembly.Module(await readFile(path)));
}

class Plugin {
  constructor(module) {
    this.module = module;
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      if (from === "env") throw new Error(`the plugin imports env.${name}; extend the SDK's asconfig.json, which replaces abort, and leave console, process and Date alone`);
    }
  }

  /**
   * Maps one login in a new instance. input is the JSON of an input, as text,
   * bytes, or an object; members that are left out are empty. It returns
   *
   *     {result, text, log}     the result, its exact text, and lines like "info: …"
   *     {failure, log}          the reason
   */
  map(input) {
    return this.instance().map(input);
  }

  /** A new instance, which can map one login after another. */
  instance() {
    return new Instance(this.module);
  }
}

class Instance {
  constructor(module) {
    this.begin(Buffer.from(""));
    const wasi = { clock_time_get: (...a) => this.clock(...a), random_get: (...a) => this.random(...a) };
    const doorward = {};
    for (const name of ["input_len", "input_read", "get", "output_write", "log", "fail"]) doorward[name] = (...a) => this[name](...a);
    this.exports = new WebAssembly.Instance(module, { doorward, wasi_snapshot_preview1: wasi }).exports;
    this.exports._initialize?.();
  }

  begin(input) {
    this.input = input;
    this.output = null;
    this.reason = "the plugin gave no reason";
    this.lines = [];
    this.time = 1577836800000000000n;
    this.state = 1;
  }

  map(input) {
    this.begin(bytesOf(input));
    let status;
    try {
      status = this.exports.map();
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      status = -1;
    }
    if (status !== 0) return { failure: this.reason, log: this.lines };
    const text = this.output ?? "{}";
    return { result: JSON.parse(text), text, log: this.lines };
  }

  at(ptr, length) {
    return Buffer.from(this.exports.memory.buffer, ptr >>> 0, length >>> 0);
  }

  input_len() {
    return this.input.length;
  }

  input_read(buf, cap) {
    return this.input.copy(this.at(buf, cap));
  }

  get(path, length, buf, cap) {
    const value = find(this.input, this.at(path, length).toString());
    if (typeof value === "number") return value;
    const to = this.at(buf, cap);
    if (value.length <= to.length) value.copy(to);
    return value.length;
  }

  output_write(ptr, length) {
    if (this.output !== null) throw new Error("the plugin wrote its result twice");
    this.output = this.at(ptr, length).toString();
  }

  log(level, ptr, length) {
    if (!levels[level]) throw new Error(`${level} is no level of a log line`);
    this.lines.push(`${levels[level]}: ${this.at(ptr, length)}`);
  }

  fail(ptr, length) {
    this.reason = this.at(ptr, length).toString();
  }

  clock(_clock, _precision, to) {
    this.time += 1000n;
    this.at(to, 8).writeBigInt64LE(this.time);
    return 0;
  }

  /** The same bytes in each call: the host's depend on the login. */
  random(to, length) {
    const bytes = this.at(to, length);
    for (let i = 0; i < bytes.length; i++) {
      this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
      bytes[i] = this.state >>> 24;
    }
    return 0;
  }
}

/** The bytes of an input; an object gets the members that it lacks. */
function bytesOf(input) {
  if (typeof input === "string" || input instanceof Uint8Array) return Buffer.from(input);
  const login = { idp: "test", protocol: "oidc", time: 1577836800, forceAuth: false, ...input.login };
  return Buffer.from(JSON.stringify({ version: 1, sources: {}, user: {}, config: {}, ...input, login }));
}

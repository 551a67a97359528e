// One call.

import { giveReason } from "./abort";
import { fetch } from "./fetch";
import { outputWrite } from "./host";
import { Input } from "./input";
import { Result } from "./result";
import { reserve } from "./reserve";
import { Writer } from "./writer";

/** The version of the boundary that this package speaks. */
const VERSION: i64 = 1;

/**
 * Maps one login: it gives mapper the host's input, and the host mapper's
 * result. It returns what the exported function map must return: zero, or one
 * when the result is that of fail, whose reason goes to the trace.
 */
export function run(mapper: (input: Input) => Result): i32 {
  const began = heap.alloc(0);
  const version = fetch("/version");
  if (version.found && version.int() != VERSION) return failed(`the input's version ${version.json()} is not ${VERSION}; build the plugin with a newer SDK`);
  const result = mapper(new Input());
  const reason = result.failed;
  if (reason !== null) return failed(reason);
  const out = new Writer(1024);
  result.write(out);
  outputWrite(out.start, out.at - out.start);
  reserve(began);
  return 0;
}

function failed(reason: string): i32 {
  giveReason(reason);
  return 1;
}

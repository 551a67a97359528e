// What a thrown Error and a failed assertion end in.

import { room } from "./bytes";
import { failReason } from "./host";
import { encode, MOST } from "./utf8";

/**
 * Tells the host message and place as the reason, and traps. The compiler
 * calls it: asconfig.json says so with "use".
 */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const what = message === null || message.length == 0 ? "the plugin aborted" : message;
  giveReason(`${what} (${file === null ? "?" : file}:${line}:${column})`);
  unreachable();
}

/** Tells the host why the call is about to fail. */
export function giveReason(reason: string): void {
  const at = room(<usize>reason.length * MOST);
  failReason(at, encode(reason, at) - at);
}

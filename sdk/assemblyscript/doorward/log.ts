// Lines for the login's trace.

import { room } from "./bytes";
import { logLine } from "./host";
import { encode, MOST } from "./utf8";

/** The gravity of a line. */
export enum Level {
  Debug,
  Info,
  Warn,
  Error,
}

/**
 * Adds a line to the login's trace. The host keeps at most 64 lines of 1 KiB.
 * Do not log what a reader of the trace must not see.
 */
export function log(level: Level, message: string): void {
  const at = room(<usize>message.length * MOST);
  logLine(level, at, encode(message, at) - at);
}

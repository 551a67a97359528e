// The host's clock and randomness, which are the login's: the same input gives
// the same values, today and in a replay.

import { room } from "./bytes";

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clockTimeGet(clock: i32, precision: i64, to: usize): i32;

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get")
declare function randomGet(to: usize, length: usize): i32;

/** The wall clock in nanoseconds of Unix time: when the host received the login. */
export function now(): i64 {
  const at = room(8);
  if (clockTimeGet(0, 1, at) != 0) throw new Error("the host has no clock");
  return load<i64>(at);
}

/** Length random bytes. Do not make secrets with them. */
export function random(length: i32): Uint8Array {
  const bytes = new Uint8Array(length);
  if (randomGet(bytes.dataStart, length) != 0) throw new Error("the host has no randomness");
  return bytes;
}

/** What Math.random begins with. */
export function seed(): f64 {
  const at = room(8);
  if (randomGet(at, 8) != 0) throw new Error("the host has no randomness");
  return load<f64>(at);
}

// JSON strings as AssemblyScript's.

import { BACKSLASH, QUOTE } from "./scan";
import { BROKEN, decodePoint, sizeOf } from "./utf8";

/**
 * The string whose quotes are at at and before end; null when it is not one
 * of strict JSON: broken UTF-8, a lone surrogate, an unknown escape, a control
 * character, a quote inside. It reads up to 16 bytes behind end.
 */
export function decode(at: usize, end: usize): string | null {
  if (end < at + 2 || load<u8>(at) != QUOTE || load<u8>(end - 1) != QUOTE) return null;
  at++;
  end--;
  // UTF-16 never has more units than UTF-8 has bytes; 16 more may be written
  // behind them.
  // @ts-ignore: a function of the runtime
  const out: usize = __new((end - at + 16) << 1, idof<string>());
  let to = out;
  while (at < end) {
    const bytes = v128.load(at);
    v128.store(to, i16x8.extend_low_i8x16_u(bytes));
    v128.store(to, i16x8.extend_high_i8x16_u(bytes), 16);
    const plain = <usize>ctz(oddities(bytes) | 0x10000);
    const kept = min(plain, end - at);
    at += kept;
    to += kept << 1;
    if (plain == 16 || at >= end) continue;
    to = odd(at, end, to);
    if (to == 0) return null;
    at = behind;
  }
  // @ts-ignore: a function of the runtime
  return changetype<string>(__renew(out, to - out));
}

/**
 * Writes the character at at, which is not itself in a string, and says in
 * behind where it ends. It returns where the units end, zero when it is none.
 */
function odd(at: usize, end: usize, to: usize): usize {
  const c: u32 = load<u8>(at);
  if (c == BACKSLASH) return escaped(at, end, to);
  if (c < 0x80) return 0;
  const point = decodePoint(at, end - at);
  if (point == BROKEN) return 0;
  behind = at + sizeOf(c);
  if (point < 0x10000) {
    store<u16>(to, point);
    return to + 2;
  }
  store<u16>(to, 0xd7c0 + (point >> 10));
  store<u16>(to, 0xdc00 | (point & 0x3ff), 2);
  return to + 4;
}

/** As odd, for an escape or a pair of them. */
function escaped(at: usize, end: usize, to: usize): usize {
  if (!unescape(at, end)) return 0;
  store<u16>(to, unescaped);
  if ((unescaped & 0xf800) != 0xd800) return to + 2;
  if (unescaped >= 0xdc00 || !unescape(behind, end) || (unescaped & 0xfc00) != 0xdc00) return 0;
  store<u16>(to, unescaped, 2);
  return to + 4;
}

/** A bit for each of 16 bytes that is not itself in a string: controls, ", \\, not ASCII. */
// @ts-ignore: decorator
@inline
function oddities(bytes: v128): i32 {
  const stops = v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH)));
  return i8x16.bitmask(v128.or(stops, i8x16.lt_s(bytes, i8x16.splat(0x20))));
}

// What unescape found, and where the character ends that was read.
let unescaped: u32 = 0;
let behind: usize = 0;

/** Reads the escape at at as one unit of UTF-16. */
function unescape(at: usize, end: usize): bool {
  if (at + 2 > end || load<u8>(at) != BACKSLASH) return false;
  const c: u32 = load<u8>(at + 1);
  behind = at + 2;
  switch (c) {
    case QUOTE: case BACKSLASH: case 0x2f: unescaped = c; return true;
    case 0x62: unescaped = 0x08; return true;
    case 0x66: unescaped = 0x0c; return true;
    case 0x6e: unescaped = 0x0a; return true;
    case 0x72: unescaped = 0x0d; return true;
    case 0x74: unescaped = 0x09; return true;
    case 0x75: return hexadecimal(at + 2, end);
  }
  return false;
}

function hexadecimal(at: usize, end: usize): bool {
  if (at + 4 > end) return false;
  let unit: u32 = 0;
  for (behind = at + 4; at < behind; at++) {
    const c: u32 = load<u8>(at);
    const letter = (c | 0x20) - 0x61;
    if (c - 0x30 < 10) unit = (unit << 4) | (c - 0x30);
    else if (letter < 6) unit = (unit << 4) | (letter + 10);
    else return false;
  }
  unescaped = unit;
  return true;
}

/** Whether the string whose quotes are at at and before end says name. */
export function same(at: usize, end: usize, name: string): bool {
  const length = <usize>name.length;
  const bytes = end - at - 2;
  if (bytes < length) return false;
  let unit = changetype<usize>(name);
  let byte = at + 1;
  for (const last = byte + length; byte < last; byte++, unit += 2) {
    const c: u32 = load<u8>(byte);
    if (c == BACKSLASH || c >= 0x80) return decode(at, end) == name;
    if (c != <u32>load<u16>(unit)) return false;
  }
  return bytes == length;
}

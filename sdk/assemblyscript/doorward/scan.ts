// Moving through JSON text without looking at what is in it. The host has
// checked every text that it gives; of any other these functions still stop at
// its end.

// @ts-ignore: decorator
@inline
export const QUOTE: u32 = 0x22;
// @ts-ignore: decorator
@inline
export const BACKSLASH: u32 = 0x5c;

/** Where the white space at at ends. */
// @ts-ignore: decorator
@inline
export function space(at: usize, end: usize): usize {
  while (at < end && isSpace(load<u8>(at))) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function isSpace(c: u32): bool {
  return c <= 0x20 && (c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09);
}

/** The end of text without the white space behind it. */
export function trimEnd(at: usize, end: usize): usize {
  while (end > at && isSpace(load<u8>(end - 1))) end--;
  return end;
}

/** The end of the value that begins at at. */
export function skip(at: usize, end: usize): usize {
  if (at >= end) return end;
  const c: u32 = load<u8>(at);
  if (c == QUOTE) return skipString(at, end);
  if (c == 0x7b || c == 0x5b) return skipNested(at, end);
  while (at < end && !endsScalar(load<u8>(at))) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function endsScalar(c: u32): bool {
  return c <= 0x2c ? c == 0x2c || isSpace(c) : c == 0x5d || c == 0x7d;
}

/**
 * The end of the string whose first quote is at at, behind its last one. It
 * reads up to 16 bytes behind end.
 */
export function skipString(at: usize, end: usize): usize {
  for (at++; at < end; ) {
    const mask = stops(v128.load(at));
    if (mask == 0) {
      at += 16;
      continue;
    }
    at += ctz(mask);
    if (at >= end) return end;
    if (load<u8>(at) == QUOTE) return at + 1;
    at += 2;
  }
  return end;
}

/** A bit for each of 16 bytes that is a quote or a backslash. */
// @ts-ignore: decorator
@inline
function stops(bytes: v128): i32 {
  return i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH))));
}

function skipNested(at: usize, end: usize): usize {
  let depth = 0;
  while (at < end) {
    const c: u32 = load<u8>(at);
    if (c == QUOTE) {
      at = skipString(at, end);
      continue;
    }
    at++;
    if ((c | 0x20) == 0x7b) {
      depth++;
    } else if ((c | 0x20) == 0x7d && --depth == 0) {
      return at;
    }
  }
  return end;
}

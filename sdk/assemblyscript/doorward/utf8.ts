// AssemblyScript's strings are UTF-16; the boundary's texts are UTF-8.

/** The most bytes that one unit of UTF-16 becomes. */
export const MOST: usize = 3;

/**
 * Writes text as UTF-8 to where there is room for MOST bytes a unit and
 * returns its end. Lone surrogates become U+FFFD.
 */
export function encode(text: string, to: usize): usize {
  let from = changetype<usize>(text);
  const end = from + (<usize>text.length << 1);
  while (from < end) {
    const unit: u32 = load<u16>(from);
    from += 2;
    if (unit < 0x80) {
      store<u8>(to++, unit);
    } else {
      const point = pointAt(unit, from, end);
      if (point >= 0x10000) from += 2;
      to = put(point, to);
    }
  }
  return to;
}

/** The code point that begins with unit, whose next unit is at from. */
// @ts-ignore: decorator
@inline
export function pointAt(unit: u32, from: usize, end: usize): u32 {
  if ((unit & 0xf800) != 0xd800) return unit;
  if (unit < 0xdc00 && from < end) {
    const low: u32 = load<u16>(from);
    if ((low & 0xfc00) == 0xdc00) return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
  }
  return 0xfffd;
}

/** Writes one code point as UTF-8 and returns its end. */
export function put(point: u32, to: usize): usize {
  if (point < 0x80) {
    store<u8>(to, point);
    return to + 1;
  }
  if (point < 0x800) {
    store<u8>(to, 0xc0 | (point >> 6));
    store<u8>(to, 0x80 | (point & 63), 1);
    return to + 2;
  }
  if (point < 0x10000) {
    store<u8>(to, 0xe0 | (point >> 12));
    store<u8>(to, 0x80 | ((point >> 6) & 63), 1);
    store<u8>(to, 0x80 | (point & 63), 2);
    return to + 3;
  }
  store<u8>(to, 0xf0 | (point >> 18));
  store<u8>(to, 0x80 | ((point >> 12) & 63), 1);
  store<u8>(to, 0x80 | ((point >> 6) & 63), 2);
  store<u8>(to, 0x80 | (point & 63), 3);
  return to + 4;
}

/** What decodePoint returns for bytes that are not UTF-8. */
export const BROKEN: u32 = 0xffffffff;

/** The code point of two to four bytes at from, of which left are there. */
export function decodePoint(from: usize, left: usize): u32 {
  const first: u32 = load<u8>(from);
  const size = sizeOf(first);
  if (size == 0 || size > left) return BROKEN;
  let point: u32 = first & (0x7f >> <u32>size);
  for (let i: usize = 1; i < size; i++) {
    const byte: u32 = load<u8>(from + i);
    if ((byte & 0xc0) != 0x80) return BROKEN;
    point = (point << 6) | (byte & 63);
  }
  const least: u32 = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
  if (point < least || point > 0x10ffff || (point & 0xfffff800) == 0xd800) return BROKEN;
  return point;
}

/** How many bytes a code point has that begins with first, which is not ASCII. */
// @ts-ignore: decorator
@inline
export function sizeOf(first: u32): usize {
  return first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
}

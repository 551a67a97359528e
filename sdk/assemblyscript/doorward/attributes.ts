// The attributes of a result, in the order in which they are written.

import { Value } from "./value";

export class Attribute {
  constructor(
    readonly name: string,
    public value: Value,
  ) {}
}

/** The attributes in the order of their names' UTF-8 bytes. */
export function ordered(attributes: Attribute[]): Attribute[] {
  return attributes.sort((a, b) => compare(a.name, b.name));
}

/**
 * Compares by code points, which is the order of UTF-8. UTF-16 has the
 * surrogates, that is, everything above U+FFFF, before U+E000.
 */
function compare(a: string, b: string): i32 {
  const n = min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x != y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: i32): i32 {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

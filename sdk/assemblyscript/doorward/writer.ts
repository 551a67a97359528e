// The result JSON, byte for byte as every SDK writes it.

import { MOST, pointAt, put } from "./utf8";

// What one unit of UTF-16 becomes at most: \u00xx.
const ESCAPED: usize = 6;

/** JSON text that grows at its end. */
export class Writer {
  start: usize = 0;
  at: usize = 0;
  private end: usize = 0;

  constructor(capacity: usize) {
    this.start = this.at = heap.alloc(capacity);
    this.end = this.start + capacity;
  }

  private reserve(size: usize): void {
    if (this.end - this.at < size) this.grow(size);
  }

  private grow(size: usize): void {
    const length = this.at - this.start;
    const capacity = (length + size) << 1;
    const start = heap.alloc(capacity);
    memory.copy(start, this.start, length);
    this.start = start;
    this.at = start + length;
    this.end = start + capacity;
  }

  byte(c: u32): void {
    this.reserve(1);
    store<u8>(this.at++, c);
  }

  /** Copies bytes. */
  bytes(at: usize, length: usize): void {
    this.reserve(length);
    memory.copy(this.at, at, length);
    this.at += length;
  }

  /** Writes text as it is, which is JSON or a part of it. */
  json(text: string): void {
    this.reserve(<usize>text.length * MOST);
    let from = changetype<usize>(text);
    const end = from + (<usize>text.length << 1);
    let to = this.at;
    while (from < end) {
      const point = pointAt(load<u16>(from), from + 2, end);
      from += point < 0x10000 ? 2 : 4;
      to = put(point, to);
    }
    this.at = to;
  }

  /** Writes text as a JSON string. */
  text(text: string): void {
    this.reserve(<usize>text.length * ESCAPED + 2);
    let from = changetype<usize>(text);
    const end = from + (<usize>text.length << 1);
    let to = this.at;
    store<u8>(to++, 0x22);
    while (from < end) {
      const unit: u32 = load<u16>(from);
      from += 2;
      if (unit < 0x20 || unit == 0x7f) {
        store<u32>(to, 0x3030755c); // \u00
        store<u8>(to, hexadecimal(unit >> 4), 4);
        store<u8>(to, hexadecimal(unit & 15), 5);
        to += 6;
      } else if (unit < 0x80) {
        if (unit == 0x22 || unit == 0x5c) store<u8>(to++, 0x5c);
        store<u8>(to++, unit);
      } else {
        const point = pointAt(unit, from, end);
        if (point >= 0x10000) from += 2;
        to = put(point, to);
      }
    }
    store<u8>(to, 0x22);
    this.at = to + 1;
  }

  /** Writes a list of strings. */
  texts(texts: string[]): void {
    this.byte(0x5b);
    for (let i = 0, n = texts.length; i < n; i++) {
      if (i > 0) this.byte(0x2c);
      this.text(unchecked(texts[i]));
    }
    this.byte(0x5d);
  }

  /** Begins a member, after a comma unless it is its object's first. */
  name(name: string): void {
    if (load<u8>(this.at - 1) != 0x7b) this.byte(0x2c);
    this.text(name);
    this.byte(0x3a);
  }
}

function hexadecimal(digit: u32): u32 {
  return digit < 10 ? 0x30 + digit : 0x57 + digit;
}

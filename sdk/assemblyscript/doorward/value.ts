// One JSON value, read on demand from the bytes that the host gave.

import { Index, Member } from "./members";
import { nextToken, tokenEnd } from "./pointer";
import { QUOTE, skip, skipString, space, trimEnd } from "./scan";
import { decode } from "./text";

/** What kind of value a Value is. */
export enum Kind {
  Absent,
  Object,
  Array,
  Text,
  Number,
  Bool,
  Null,
}

/**
 * The text of one JSON value. Its methods read it when they are called and say
 * so when it is of another kind. Nothing in the document is an absent Value,
 * which is of no kind and can be asked everything.
 */
export class Value {
  private index: Index | null = null;

  /** A value that is not there. */
  static readonly absent: Value = new Value(0, 0);

  /** The value whose bytes begin at at, without white space before or behind. */
  constructor(
    readonly at: usize,
    readonly end: usize,
  ) {}

  /** The value between at and end, without the white space around it. */
  static trimmed(at: usize, end: usize): Value {
    at = space(at, end);
    return new Value(at, trimEnd(at, end));
  }

  /** Whether there is a value; null is one. */
  get found(): bool {
    return this.end > this.at;
  }

  get kind(): Kind {
    if (!this.found) return Kind.Absent;
    switch (<u32>load<u8>(this.at)) {
      case 0x7b: return Kind.Object;
      case 0x5b: return Kind.Array;
      case QUOTE: return Kind.Text;
      case 0x74: case 0x66: return Kind.Bool;
      case 0x6e: return Kind.Null;
    }
    return Kind.Number;
  }

  /** The string, or null when the value is none. */
  text(): string | null {
    return this.kind == Kind.Text ? decode(this.at, this.end) : null;
  }

  /** The list of strings, or null when the value is none; one string is none. */
  texts(): string[] | null {
    if (this.kind != Kind.Array) return null;
    const texts: string[] = [];
    const end = this.end - 1;
    let at = space(this.at + 1, end);
    while (at < end) {
      if (load<u8>(at) != QUOTE) return null;
      const behind = skipString(at, end);
      const text = decode(at, behind);
      if (text === null) return null;
      texts.push(text);
      at = space(space(behind, end) + 1, end); // behind the comma
    }
    return texts;
  }

  /** Whether the value is null. An absent one is not. */
  get isNull(): bool {
    return this.kind == Kind.Null;
  }

  /** Whether the value is exactly true. */
  get isTrue(): bool {
    return this.kind == Kind.Bool && load<u8>(this.at) == 0x74;
  }

  /** The boolean, or otherwise when the value is none. */
  bool(otherwise: bool = false): bool {
    return this.kind == Kind.Bool ? this.isTrue : otherwise;
  }

  /** The number's digits as received, or null when the value is none. */
  number(): string | null {
    return this.kind == Kind.Number ? this.json() : null;
  }

  /** Whether the value is a number without fraction and exponent that fits 64 bits. */
  get isInt(): bool {
    return this.kind == Kind.Number && readInt(this.at, this.end);
  }

  /** The integer, or otherwise when isInt is false. */
  int(otherwise: i64 = 0): i64 {
    return this.isInt ? integer : otherwise;
  }

  /** The value's JSON text as received; empty when it is absent. */
  json(): string {
    return String.UTF8.decodeUnsafe(this.at, this.end - this.at);
  }

  /** The value of the member called name, exactly so; absent when there is none. */
  member(name: string): Value {
    const index = this.indexed();
    return index === null ? Value.absent : index.find(name);
  }

  /** The members in their order; none when the value is no object. */
  members(): Member[] {
    const index = this.indexed();
    return index === null ? [] : index.list();
  }

  private indexed(): Index | null {
    if (this.index === null && this.kind == Kind.Object) this.index = new Index(this.at, this.end);
    return this.index;
  }

  /** The elements in their order; none when the value is no array. */
  elements(): Value[] {
    const elements: Value[] = [];
    if (this.kind != Kind.Array) return elements;
    const end = this.end - 1;
    let at = space(this.at + 1, end);
    while (at < end) {
      const behind = skip(at, end);
      elements.push(new Value(at, behind));
      at = space(space(behind, end) + 1, end); // behind the comma
    }
    return elements;
  }

  /** The element at index; absent when there is none. */
  element(index: i32): Value {
    if (this.kind != Kind.Array || index < 0) return Value.absent;
    const end = this.end - 1;
    let at = space(this.at + 1, end);
    while (at < end) {
      const behind = skip(at, end);
      if (index-- == 0) return new Value(at, behind);
      at = space(space(behind, end) + 1, end); // behind the comma
    }
    return Value.absent;
  }

  /**
   * The value at an RFC 6901 pointer inside this one: "/groups/0". Absent when
   * there is none, and when the pointer is malformed.
   */
  get(pointer: string): Value {
    let value: Value = this;
    for (let from = 0; from < pointer.length; from = tokenEnd) {
      const token = nextToken(pointer, from);
      if (token === null) return Value.absent;
      value = value.kind == Kind.Array ? value.element(indexOf(token)) : value.member(token);
    }
    return value;
  }
}

/** The index that token says, -1 when it says none. */
function indexOf(token: string): i32 {
  const length = token.length;
  if (length == 0 || length > 9 || (length > 1 && token.charCodeAt(0) == 0x30)) return -1;
  let index = 0;
  for (let i = 0; i < length; i++) {
    const digit: u32 = token.charCodeAt(i) - 0x30;
    if (digit > 9) return -1;
    index = index * 10 + <i32>digit;
  }
  return index;
}

// What readInt read.
let integer: i64 = 0;

function readInt(at: usize, end: usize): bool {
  const negative = load<u8>(at) == 0x2d;
  if (negative) at++;
  const limit: u64 = <u64>i64.MAX_VALUE + (negative ? 1 : 0);
  let value: u64 = 0;
  for (; at < end; at++) {
    const digit: u64 = <u64>load<u8>(at) - 0x30;
    if (digit > 9 || value > (limit - digit) / 10) return false;
    value = value * 10 + digit;
  }
  integer = negative ? -(<i64>value) : <i64>value;
  return true;
}

// The members of an object, found once and kept as places in its text.

import { room, take } from "./bytes";
import { QUOTE, skip, skipString, space } from "./scan";
import { decode, same } from "./text";
import { Value } from "./value";

/** A name and its value. */
export class Member {
  constructor(
    readonly name: string,
    readonly value: Value,
  ) {}
}

// What a row of the index holds: where the quoted name and the value begin and
// end.
@unmanaged
class Row {
  name: usize = 0;
  nameEnd: usize = 0;
  value: usize = 0;
  valueEnd: usize = 0;
}

/** The places of an object's members, in their order. */
export class Index {
  private rows: usize = 0;
  private end: usize = 0;
  private capacity: usize = 16;

  /** Reads the object between at and end, which begins with a brace. */
  constructor(at: usize, end: usize) {
    this.rows = this.end = room(this.capacity * offsetof<Row>());
    take(this.capacity * offsetof<Row>());
    at = space(at + 1, end);
    while (at < end && load<u8>(at) == QUOTE) {
      const nameEnd = skipString(at, end);
      const value = space(space(nameEnd, end) + 1, end); // behind the colon
      const valueEnd = skip(value, end);
      this.add(at, nameEnd, value, valueEnd);
      at = space(space(valueEnd, end) + 1, end); // behind the comma
    }
  }

  private add(name: usize, nameEnd: usize, value: usize, valueEnd: usize): void {
    const size = this.capacity * offsetof<Row>();
    if (this.end == this.rows + size) {
      const rows = room(size << 1);
      take(size << 1);
      memory.copy(rows, this.rows, size);
      this.rows = rows;
      this.end = rows + size;
      this.capacity <<= 1;
    }
    const row = changetype<Row>(this.end);
    row.name = name;
    row.nameEnd = nameEnd;
    row.value = value;
    row.valueEnd = valueEnd;
    this.end += offsetof<Row>();
  }

  /** The value of the member called name, absent when there is none. */
  find(name: string): Value {
    for (let at = this.rows; at < this.end; at += offsetof<Row>()) {
      const row = changetype<Row>(at);
      if (same(row.name, row.nameEnd, name)) return new Value(row.value, row.valueEnd);
    }
    return Value.absent;
  }

  /** All members. */
  list(): Member[] {
    const members: Member[] = [];
    for (let at = this.rows; at < this.end; at += offsetof<Row>()) {
      const row = changetype<Row>(at);
      const name = decode(row.name, row.nameEnd);
      if (name !== null) members.push(new Member(name, new Value(row.value, row.valueEnd)));
    }
    return members;
  }
}

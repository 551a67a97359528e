// Values that cross the boundary.

import { left, PADDING, room, take } from "./bytes";
import { get } from "./host";
import { encode, MOST } from "./utf8";
import { Value } from "./value";

// The room that a value gets before its length is known.
const GUESS: usize = 4096;

/** The value at a pointer of the input. Only that value crosses. */
export function fetch(pointer: string): Value {
  const most = <usize>pointer.length * MOST;
  let path = room(most + GUESS);
  let at = encode(pointer, path);
  const length = at - path;
  let capacity = left() - length;
  let size = get(path, length, at, capacity);
  if (size < 0) return Value.absent;
  if (<usize>size > capacity) {
    take(length); // the path stays where it is
    at = room(<usize>size);
    size = get(path, length, at, <usize>size);
    take(<usize>size);
  } else {
    take(length + <usize>size);
  }
  return Value.trimmed(at, at + <usize>size);
}

// Bytes that live as long as the call: the host puts the memory back after
// each, so nothing here is freed.

const CHUNK: usize = 16384;

/** How far readers may look behind the end of any text that they were given. */
export const PADDING: usize = 16;

let next: usize = 0;
let end: usize = 0;

/** Where the bytes are that room promises; take makes some of them one's own. */
// @ts-ignore: decorator
@inline
export function room(size: usize): usize {
  if (end - next < size) more(size);
  return next;
}

/** How many bytes follow the one at which room said that they begin. */
// @ts-ignore: decorator
@inline
export function left(): usize {
  return end - next;
}

/** Keeps the first size bytes of what room promised. */
// @ts-ignore: decorator
@inline
export function take(size: usize): void {
  next += size;
}

function more(size: usize): void {
  const length = max(CHUNK, size);
  next = heap.alloc(length + PADDING);
  end = next + length;
}

// Room for the next call.

// What ASC_RUNTIME is when memory is never freed.
const STUB = 0;

let done: bool = false;

/**
 * Makes the memory large enough for another call like the one that began when
 * began was allocated. The host's first call is on the largest document that
 * it allows, and later ones begin with the memory that this one left: so they
 * need not grow it, which would cost the host a new instance. Memory that is
 * collected needs nothing of the kind.
 */
export function reserve(began: usize): void {
  if (ASC_RUNTIME != STUB || done) return;
  done = true;
  const now = heap.alloc(0);
  const wanted = ((now + (now - began)) >> 16) + 1;
  const have = <usize>memory.size();
  if (wanted > have) memory.grow(<i32>(wanted - have));
}

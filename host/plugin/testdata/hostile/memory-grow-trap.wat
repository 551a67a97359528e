;; Asks for as much memory again until it gets none, and traps, as allocators do.
(module
  (memory (export "memory") 1)
  (func (export "map") (result i32)
    (loop $again (br_if $again (i32.ne (memory.grow (memory.size)) (i32.const -1))))
    unreachable))

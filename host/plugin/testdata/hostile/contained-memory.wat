;; Exports its memory twice, and grows it to the limit, where it stays within.
(module
  (memory (export "memory") (export "again") 1)
  (func (export "map") (result i32)
    (local $at i32)
    (loop $again
      (local.set $at (memory.grow (i32.const 1)))
      (if (i32.ne (local.get $at) (i32.const -1)) (then
        (i32.store (i32.shl (local.get $at) (i32.const 16)) (i32.const 1))
        (br $again))))
    (i32.const 0)))

;; Exports mutable globals, a table and functions under names like the host's.
(module
  (memory (export "memory") 1)
  (table (export "doorward") 1 funcref)
  (global (export "fuel") (mut i64) (i64.const 5))
  (global (export "g0") (mut i64) (i64.const 6))
  (global (export "Doorward.fuel") (mut i64) (i64.const 7))
  (func (export "") (global.set 0 (i64.const 9)))
  (func (export "map") (result i32)
    (global.set 0 (i64.const 0x7fffffffffffffff))
    (global.set 1 (i64.const 0x7fffffffffffffff))
    (global.set 2 (i64.const 0x7fffffffffffffff))
    (i32.const 0)))

;; --no-check
;; Takes a number for a reference.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (func (export "map") (result i32)
    (table.set 0 (i32.const 0) (i64.const 0x1234567890)) (call_indirect (i32.const 0)) (i32.const 0)))

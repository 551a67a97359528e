;; Fills and copies a table, again and again.
(module
  (memory (export "memory") 1)
  (table 200000 funcref)
  (func (export "map") (result i32)
    (loop $again
      (table.fill 0 (i32.const 0) (ref.null func) (i32.const 200000))
      (table.copy 0 0 (i32.const 1) (i32.const 0) (i32.const 199999))
      (br $again))
    (i32.const 0)))

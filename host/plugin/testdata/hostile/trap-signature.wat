;; Calls a function through a table as if it were another.
(module
  (memory (export "memory") 1)
  (table funcref (elem $f))
  (func $f (param i64))
  (func (export "map") (result i32) (call_indirect (param i32) (i32.const 1) (i32.const 0)) (i32.const 0)))

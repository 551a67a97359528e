;; Calls itself for ever, through a table.
(module
  (memory (export "memory") 1)
  (table funcref (elem $down))
  (func $down (call_indirect (i32.const 0)))
  (func (export "map") (result i32) (call $down) (i32.const 0)))

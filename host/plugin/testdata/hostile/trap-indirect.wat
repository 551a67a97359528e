;; Calls through an empty place of its table.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (func (export "map") (result i32) (call_indirect (result i32) (i32.const 0))))

;; Calls through a place that its table does not have.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (func (export "map") (result i32) (call_indirect (result i32) (i32.const -1))))

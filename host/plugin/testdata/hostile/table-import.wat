;; Wants a table of the host's.
(module
  (import "env" "table" (table 1 funcref))
  (memory (export "memory") 1)
  (func (export "map") (result i32) (i32.const 0)))

;; A module that no host loads: it imports what none offers, and exports no map.
(module
  (import "env" "now" (func (result i64)))
  (memory (export "memory") 1)
  (func (export "main") (param i32) (result i32) (local.get 0)))

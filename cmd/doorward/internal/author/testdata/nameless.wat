;; A reactor that traps, with functions that have no name but what they are
;; exported by.
(module
  (import "doorward" "log" (func (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (result i32) (unreachable))
  (func (export "helper") (result i32) (call 1))
  (func (export "map") (result i32) (call 2)))

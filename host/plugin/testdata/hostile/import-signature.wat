;; Calls get with a pointer of 64 bits.
(module
  (import "doorward" "get" (func (param i64 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "map") (result i32) (i32.const 0)))

;; A reactor that says why and traps three calls deep.
(module
  (import "doorward" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "the team is empty")
  (func $innermost (result i32) (call $fail (i32.const 0) (i32.const 17)) (unreachable))
  (func $middle (result i32) (call $innermost))
  (func $outer (export "map") (result i32) (call $middle)))

;; A reactor that traps three calls deep.
(module
  (memory (export "memory") 1)
  (func $innermost (result i32) (unreachable))
  (func $middle (result i32) (call $innermost))
  (func $outer (export "map") (result i32) (call $middle)))

;; A reactor that reports a failure.
(module
  (import "doorward" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "the team is not known")
  (func (export "map") (result i32)
    (call $fail (i32.const 0) (i32.const 21))
    (i32.const 1)))

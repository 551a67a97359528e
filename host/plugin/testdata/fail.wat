;; Fails with a reason, after a result that must not count.
(module
  (import "doorward" "output_write" (func $out (param i32 i32)))
  (import "doorward" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"set\":{\"roles\":[\"admin\"]}}")
  (data (i32.const 64) "no team\1b[31m\0afor \e2\80\aethis person\ff")
  (func (export "map") (result i32)
    (call $out (i32.const 0) (i32.const 27))
    (call $fail (i32.const 64) (i32.const 32))
    (i32.const 7)))

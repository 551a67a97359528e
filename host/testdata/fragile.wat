;; Traps for people whose userInfo has the member broken.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/sources/userInfo/broken")
  (func (export "map") (result i32)
    (if (i32.ge_s (call $get (i32.const 0) (i32.const 24) (i32.const 64) (i32.const 0)) (i32.const 0))
      (then (unreachable)))
    (i32.const 0)))

;; Names a member of its result by the value at config.claim: an unknown one,
;; which the error names.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "doorward" "output_write" (func $output (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/config/claim")
  (data (i32.const 63) "{")
  (func (export "map") (result i32)
    (local $n i32)
    (local.set $n (call $get (i32.const 0) (i32.const 13) (i32.const 4000) (i32.const 100)))
    (local.set $n (call $get (i32.const 4001) (i32.sub (local.get $n) (i32.const 2)) (i32.const 64) (i32.const 1000)))
    (i32.store offset=64 (local.get $n) (i32.const 0x7d313a)) ;; :1}
    (call $output (i32.const 63) (i32.add (local.get $n) (i32.const 4)))
    (i32.const 0)))

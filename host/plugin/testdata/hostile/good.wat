;; Does what a mapper does: it looks for a claim, copies it into the result, and
;; leaves its traces in memory and a global. It fails when it finds any.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "doorward" "output_write" (func $output (param i32 i32)))
  (memory (export "memory") 2)
  (global $n (mut i32) (i32.const 0))
  (data (i32.const 0) "/sources/idTokenClaims/sub")
  (data (i32.const 32) "/login/idp")
  (data (i32.const 64) "{\"set\":{\"userName\":")
  (func (export "map") (result i32)
    (local $len i32)
    (if (i32.ne (call $get (i32.const 32) (i32.const 10) (i32.const 48) (i32.const 16)) (i32.const 6)) (then (return (i32.const 0)))) ;; the warm-up
    (if (i32.or (global.get $n) (i32.load (i32.const 100000))) (then unreachable))
    (global.set $n (i32.const 1))
    (i32.store (i32.const 100000) (i32.const 1))
    (local.set $len (call $get (i32.const 0) (i32.const 26) (i32.const 83) (i32.const 1000)))
    (i32.store16 offset=83 (local.get $len) (i32.const 0x7d7d))
    (call $output (i32.const 64) (i32.add (local.get $len) (i32.const 21)))
    (i32.const 0)))

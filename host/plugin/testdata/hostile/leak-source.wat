;; Asks for a source that is called like the value at config.claim.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/config/claim")
  (data (i32.const 55) "/sources/")
  (func (export "map") (result i32)
    (local $n i32)
    (local.set $n (call $get (i32.const 0) (i32.const 13) (i32.const 4000) (i32.const 100)))
    (local.set $n (call $get (i32.const 4001) (i32.sub (local.get $n) (i32.const 2)) (i32.const 63) (i32.const 1000)))
    (i32.store8 (i32.const 63) (i32.const 47)) ;; for the first quote
    (i32.store16 offset=62 (local.get $n) (i32.const 0x782f)) ;; /x, for the last one
    (drop (call $get (i32.const 55) (i32.add (local.get $n) (i32.const 9)) (i32.const 2000) (i32.const 1000)))
    (i32.const 0)))

;; Leaves marks in pages that it grows, and in those before, and traps when it
;; finds one. The warm-up only looks.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (global $n (mut i32) (i32.const 0))
  (data (i32.const 0) "/login/idp")
  (func $look
    (local $at i32)
    (if (i32.or (global.get $n) (i32.ne (memory.size) (i32.const 2))) (then unreachable))
    (local.set $at (i32.const 4096))
    (loop $pages
      (if (i32.load (local.get $at)) (then unreachable))
      (br_if $pages (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.shl (memory.size) (i32.const 16))))))
  (func $mark
    (local $at i32)
    (global.set $n (i32.const 1))
    (local.set $at (i32.const 4096))
    (loop $pages
      (i32.store (local.get $at) (i32.const -1))
      (br_if $pages (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.shl (memory.size) (i32.const 16))))))
  (func (export "map") (result i32)
    (local $at i32)
    (if (i32.ne (call $get (i32.const 0) (i32.const 10) (i32.const 64) (i32.const 16)) (i32.const 6)) (then (return (i32.const 0))))
    (call $look)
    (if (i32.ne (memory.grow (i32.const 3)) (i32.const 2)) (then unreachable))
    (loop $again ;; what is grown is empty
      (if (i64.ne (i64.load offset=131072 (local.get $at)) (i64.const 0)) (then unreachable))
      (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 196608))))
    (call $mark)
    (i32.const 0)))

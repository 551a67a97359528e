;; Tries to leave marks. Each call reports what it finds before it marks
;; anything: every call must find what the first one found. config.mark, one
;; digit, is a sum: 1 memory, globals and file descriptors; 2 tables and
;; segments; 4 grown memory. The warm-up leaves no mark.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "doorward" "output_write" (func $output_write (param i32 i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 2)
  (table $t 4 16 funcref)
  (global $a (mut i32) (i32.const 0))
  (global $b (mut i64) (i64.const 0))
  (global $c (mut f32) (f32.const 0))
  (global $d (mut f64) (f64.const 0))
  (elem $passive func $nothing $nothing)
  (data $bytes "passive")
  (data (i32.const 0) "/config/mark")
  (data (i32.const 16) "/login/idp")
  (data (i32.const 64) "{\"set\":{\"attributes\":{\"raw\":\"")
  (data (i32.const 96) "\"}}}")
  (data (i32.const 128) "0123456789abcdef")

  (func $nothing)

  ;; emit writes the result with len bytes from 4096 as raw.
  (func $emit (param $len i32)
    (local $i i32) (local $b i32) (local $to i32)
    (memory.copy (i32.const 16384) (i32.const 64) (i32.const 29))
    (local.set $to (i32.const 16413))
    (loop $next
      (local.set $b (i32.load8_u offset=4096 (local.get $i)))
      (i32.store8 (local.get $to) (i32.load8_u offset=128 (i32.shr_u (local.get $b) (i32.const 4))))
      (i32.store8 offset=1 (local.get $to) (i32.load8_u offset=128 (i32.and (local.get $b) (i32.const 15))))
      (local.set $to (i32.add (local.get $to) (i32.const 2)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $len))))
    (memory.copy (local.get $to) (i32.const 96) (i32.const 4))
    (call $output_write (i32.const 16384) (i32.sub (i32.add (local.get $to) (i32.const 4)) (i32.const 16384))))

  ;; look puts what it finds at 4096: 72 bytes.
  (func $look
    (i32.store (i32.const 4096) (i32.load (i32.const 70000)))
    (i32.store (i32.const 4100) (i32.load (i32.const 131068)))
    (i32.store (i32.const 4104) (global.get $a))
    (i64.store (i32.const 4108) (global.get $b))
    (f32.store (i32.const 4116) (global.get $c))
    (f64.store (i32.const 4120) (global.get $d))
    (i32.store (i32.const 4128) (memory.size))
    (i32.store (i32.const 4132) (table.size $t))
    (i32.store (i32.const 4136) (ref.is_null (table.get $t (i32.const 1))))
    (i32.store (i32.const 4140) (call $fdstat (i32.const 0) (i32.const 8192)))
    (i32.store (i32.const 4144) (call $fdstat (i32.const 1) (i32.const 8192)))
    (i32.store (i32.const 4148) (call $fdstat (i32.const 2) (i32.const 8192)))
    (drop (call $random (i32.const 4152) (i32.const 8)))
    (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 4160))))

  (func $mark_state
    (local $at i32)
    (loop $pages
      (i32.store offset=6000 (local.get $at) (i32.const 0x6d61726b))
      (br_if $pages (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8192))) (i32.const 120000))))
    (i32.store (i32.const 70000) (i32.const 1))
    (i32.store (i32.const 131068) (i32.const 1))
    (global.set $a (i32.const 1))
    (global.set $b (i64.const 1))
    (global.set $c (f32.const 1))
    (global.set $d (f64.const 1))
    (drop (call $close (i32.const 0)))
    (drop (call $renumber (i32.const 2) (i32.const 1))))

  ;; A segment that was dropped traps here.
  (func $mark_tables
    (memory.init $bytes (i32.const 5000) (i32.const 0) (i32.const 7))
    (table.init $t $passive (i32.const 2) (i32.const 0) (i32.const 2))
    (table.set $t (i32.const 1) (ref.func $nothing))
    (drop (table.grow $t (ref.func $nothing) (i32.const 3)))
    (elem.drop $passive)
    (data.drop $bytes))

  (func (export "map") (result i32)
    (local $marks i32)
    (if (i32.ne (call $get (i32.const 16) (i32.const 10) (i32.const 512) (i32.const 16)) (i32.const 6)) (then (return (i32.const 0))))
    (drop (call $get (i32.const 0) (i32.const 12) (i32.const 512) (i32.const 16)))
    (local.set $marks (i32.sub (i32.load8_u (i32.const 512)) (i32.const 48)))
    (call $look)
    (call $emit (i32.const 72))
    (if (i32.and (local.get $marks) (i32.const 1)) (then (call $mark_state)))
    (if (i32.and (local.get $marks) (i32.const 2)) (then (call $mark_tables)))
    (if (i32.and (local.get $marks) (i32.const 4)) (then
      (i32.store (i32.shl (memory.grow (i32.const 3)) (i32.const 16)) (i32.const 1))))
    (i32.const 0)))

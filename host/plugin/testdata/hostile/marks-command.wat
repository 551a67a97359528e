;; A command that leaves marks in memory, a global and a table.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (global $n (mut i32) (i32.const 0))
  (elem declare func $start)
  (func $start (export "_start")
    (if (i32.or (global.get $n) (i32.load (i32.const 40000))) (then unreachable))
    (if (i32.eqz (ref.is_null (table.get $t (i32.const 0)))) (then unreachable))
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 10000))
    (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
    (if (i32.ne (i32.load8_u (i32.const 1024)) (i32.const 123)) (then unreachable)) ;; the input begins anew
    (global.set $n (i32.const 1))
    (i32.store (i32.const 40000) (i32.const 1))
    (table.set $t (i32.const 0) (ref.func $start))
    (drop (call $close (i32.const 0)))))

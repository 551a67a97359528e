;; Writes a hundred thousand times the whole memory to standard output, where a
;; reactor has none, and standard error.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 16)
  (func (export "map") (result i32)
    (local $at i32)
    (loop $fill
      (i32.store offset=4 (local.get $at) (i32.const 1000000))
      (br_if $fill (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 800000))))
    (loop $again
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 100000) (i32.const 900000)))
      (drop (call $write (i32.const 2) (i32.const 0) (i32.const 100000) (i32.const 900000)))
      (br $again))
    (i32.const 0)))

;; Waits for a second on the wall that never comes.
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "map") (result i32)
    (loop $again
      (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 0)))
      (br_if $again (i64.lt_u (i64.load (i32.const 0)) (i64.const 4000000000000000000))))
    (i32.const 0)))

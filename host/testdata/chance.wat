;; Sets two attributes from its randomness and its clock, in hexadecimal.
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "doorward" "output_write" (func $write (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"set\":{\"attributes\":{\"chance\":\"0123456789abcdef\",\"clock\":\"0123456789abcdef\"}}}")
  (data (i32.const 200) "0123456789abcdef")
  ;; writes the eight bytes at $from as sixteen digits at $to
  (func $hex (param $from i32) (param $to i32)
    (local $i i32) (local $b i32)
    (loop $next
      (local.set $b (i32.load8_u (i32.add (local.get $from) (local.get $i))))
      (i32.store8
        (i32.add (local.get $to) (i32.shl (local.get $i) (i32.const 1)))
        (i32.load8_u (i32.add (i32.const 200) (i32.shr_u (local.get $b) (i32.const 4)))))
      (i32.store8
        (i32.add (local.get $to) (i32.add (i32.shl (local.get $i) (i32.const 1)) (i32.const 1)))
        (i32.load8_u (i32.add (i32.const 200) (i32.and (local.get $b) (i32.const 15)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 8)))))
  (func (export "map") (result i32)
    (drop (call $random (i32.const 300) (i32.const 8)))
    (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 308)))
    (call $hex (i32.const 300) (i32.const 32))
    (call $hex (i32.const 308) (i32.const 59))
    (call $write (i32.const 0) (i32.const 79))
    (i32.const 0)))

;; Logs a thousand lines of 4 KiB and then changes nothing.
(module
  (import "doorward" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "map") (result i32)
    (local $i i32)
    (memory.fill (i32.const 0) (i32.const 97) (i32.const 4096))
    (loop $l
      (call $log (i32.const 2) (i32.const 0) (i32.const 4096))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 1000))))
    (i32.const 0)))

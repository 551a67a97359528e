;; A reactor that makes the team of userInfo the only role, and says so when
;; there is none.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "doorward" "log" (func $log (param i32 i32 i32)))
  (import "doorward" "output_write" (func $write (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/sources/userInfo/team")
  (data (i32.const 64) "there is no team")
  (data (i32.const 128) "{\"set\":{\"roles\":[")
  (data (i32.const 200) "]}}")
  (func (export "map") (result i32)
    (local $n i32)
    (local.set $n (call $get (i32.const 0) (i32.const 22) (i32.const 145) (i32.const 50)))
    (if (i32.le_s (local.get $n) (i32.const 0))
      (then
        (call $log (i32.const 1) (i32.const 64) (i32.const 16))
        (return (i32.const 0))))
    (memory.copy (i32.add (i32.const 145) (local.get $n)) (i32.const 200) (i32.const 3))
    (call $write (i32.const 128) (i32.add (local.get $n) (i32.const 20)))
    (i32.const 0)))

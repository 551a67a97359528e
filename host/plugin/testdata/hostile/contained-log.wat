;; Logs two thousand lines with what could deceive a reader of the trace.
(module
  (import "doorward" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\0d\0a{\"level\":\"ERROR\",\"msg\":\"guest-said-this\"}\1b[2K\00\ff")
  (func (export "map") (result i32)
    (local $i i32)
    (loop $again
      (call $log (i32.const 3) (i32.const 0) (i32.const 53))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000))))
    (i32.const 0)))

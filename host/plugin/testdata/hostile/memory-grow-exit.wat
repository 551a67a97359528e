;; Asks for a page more than it may have, and exits without it.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "map") (result i32)
    (if (i32.eq (memory.grow (i32.const 512)) (i32.const -1)) (then (call $exit (i32.const 1))))
    (i32.const 0)))

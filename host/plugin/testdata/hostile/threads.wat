;; --enable-threads
;; Waits for another thread.
(module
  (memory (export "memory") 1 1 shared)
  (func (export "map") (result i32)
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))

;; --enable-multi-memory
;; Has a second memory, that nobody puts back.
(module
  (memory (export "memory") 1)
  (memory 1)
  (func (export "map") (result i32) (i32.const 0)))

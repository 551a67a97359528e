;; --enable-memory64
;; Has addresses of 64 bits.
(module
  (memory (export "memory") i64 1)
  (func (export "map") (result i32) (i32.const 0)))

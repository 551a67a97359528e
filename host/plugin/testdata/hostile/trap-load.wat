;; Reads behind its memory, by an offset.
(module
  (memory (export "memory") 1)
  (func (export "map") (result i32) (i32.load offset=4294967295 (i32.const 16))))

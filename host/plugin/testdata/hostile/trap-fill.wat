;; Fills more than its memory.
(module
  (memory (export "memory") 1)
  (func (export "map") (result i32) (memory.fill (i32.const 1) (i32.const 0) (i32.const -1)) (i32.const 0)))

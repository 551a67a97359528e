;; Copies its whole memory onto itself, again and again.
(module
  (memory (export "memory") 256)
  (func (export "map") (result i32)
    (loop $again (memory.copy (i32.const 1) (i32.const 0) (i32.const 16777215)) (br $again)) (i32.const 0)))

;; Fills its whole memory, again and again.
(module
  (memory (export "memory") 256)
  (func (export "map") (result i32)
    (loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216)) (br $again)) (i32.const 0)))

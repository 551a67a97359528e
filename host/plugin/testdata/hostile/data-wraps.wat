;; A data segment wraps around the address space.
(module
  (memory (export "memory") 1)
  (data (i32.const -1) "ab")
  (func (export "map") (result i32) (i32.const 0)))

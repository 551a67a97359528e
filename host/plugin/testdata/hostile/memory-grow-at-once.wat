;; Asks for all the memory that there can be, and fails without it.
(module
  (memory (export "memory") 1)
  (func (export "map") (result i32) (i32.lt_s (memory.grow (i32.const 65535)) (i32.const 0))))

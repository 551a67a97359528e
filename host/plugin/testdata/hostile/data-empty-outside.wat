;; An empty data segment lies outside, where even that is a fault.
(module
  (memory (export "memory") 1)
  (data (i32.const 65537) "")
  (func (export "map") (result i32) (i32.const 0)))

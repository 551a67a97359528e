;; Two functions call each other for ever.
(module
  (memory (export "memory") 1)
  (func $a (call $b))
  (func $b (call $a))
  (func (export "map") (result i32) (call $a) (i32.const 0)))

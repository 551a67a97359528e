;; An element segment lies outside its table.
(module
  (memory (export "memory") 1)
  (table 2 funcref)
  (elem (i32.const 1) $f $f)
  (func $f)
  (func (export "map") (result i32) (i32.const 0)))

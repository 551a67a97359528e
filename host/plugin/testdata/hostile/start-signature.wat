;; --no-check
;; Its start function wants a parameter.
(module
  (memory (export "memory") 1)
  (func $start (param i32))
  (func (export "map") (result i32) (i32.const 0))
  (start $start))

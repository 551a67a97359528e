;; Never ends.
(module
  (memory (export "memory") 1)
  (func (export "map") (result i32) (loop $l (br $l)) (i32.const 0)))

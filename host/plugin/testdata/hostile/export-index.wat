;; --no-check
;; Exports a global that it does not have.
(module
  (memory (export "memory") 1)
  (export "fuel" (global 0))
  (func (export "map") (result i32) (i32.const 0)))

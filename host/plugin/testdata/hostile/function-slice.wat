;; --no-check
;; Calls a function that it does not have: after the rewrite its index would be
;; that of another.
(module
  (memory (export "memory") 1)
  (func (export "map") (result i32) (call 1) (i32.const 0)))

;; Makes an integer of what is no number.
(module
  (memory (export "memory") 1)
  (func (export "map") (result i32) (i32.trunc_f64_s (f64.const nan))))

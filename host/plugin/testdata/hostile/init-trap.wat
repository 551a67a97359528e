;; Traps in _initialize.
(module
  (memory (export "memory") 1)
  (func (export "_initialize") unreachable)
  (func (export "map") (result i32) (i32.const 0)))

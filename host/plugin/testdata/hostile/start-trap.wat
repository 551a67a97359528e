;; Traps in its start function.
(module
  (memory (export "memory") 1)
  (func $start unreachable)
  (func (export "map") (result i32) (i32.const 0))
  (start $start))

;; Traps in its start section.
(module
  (memory (export "memory") 1)
  (func $start unreachable)
  (start $start)
  (func (export "map") (result i32) (i32.const 0)))

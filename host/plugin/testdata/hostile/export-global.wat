;; Takes the name under which a global is reset.
(module
  (memory (export "memory") 1)
  (global (mut i32) (i32.const 0))
  (global (export "doorward.g0") i32 (i32.const 0))
  (func (export "map") (result i32) (i32.const 0)))

;; --no-check
;; The same with the depth of calls.
(module
  (memory (export "memory") 1)
  (func $down (global.set 1 (i32.const 0x7fffffff)) (call $down))
  (func (export "map") (result i32) (call $down) (i32.const 0)))

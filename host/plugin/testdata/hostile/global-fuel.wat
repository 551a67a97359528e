;; --no-check
;; Names a global that it does not have: after the rewrite its index would be
;; that of the fuel.
(module
  (memory (export "memory") 1)
  (global (mut i64) (i64.const 0))
  (func (export "map") (result i32)
    (loop $again (global.set 1 (i64.const 0x7fffffffffffffff)) (br $again))))

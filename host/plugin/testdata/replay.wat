;; Has a global that cannot be set from outside, and changes a table before its
;; first call. The result's role says how often it was entered.
(module
  (import "doorward" "output_write" (func $output_write (param i32 i32)))
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (global $vector (mut v128) (v128.const i32x4 0 0 0 0))
  (elem declare func $count)
  (data (i32.const 0) "{\"set\":{\"roles\":[\"0\"]}}")
  (func $count (i32.store8 (i32.const 18) (i32.add (i32.load8_u (i32.const 18)) (i32.const 1))))
  (func (export "_initialize")
    (table.set $t (i32.const 0) (ref.func $count))
    (global.set $vector (v128.const i32x4 1 1 1 1))
    (call_indirect $t (i32.const 0)))
  (func (export "map") (result i32)
    (call_indirect $t (i32.const 0))
    (call $output_write (i32.const 0) (i32.const 23))
    (i32.const 0)))

;; Never ends: small functions call each other, and no loop has a body.
(module
  (memory (export "memory") 1)
  (table funcref (elem $leaf $leaf))
  (func $leaf)
  (func $some (call $leaf) (call_indirect (i32.const 1)) (call $leaf))
  (func (export "map") (result i32) (loop $again (call $some) (br_if $again (i32.const 1))) (i32.const 0)))

;; Never ends, and changes its table meanwhile.
(module
  (memory (export "memory") 1)
  (table $t 16 funcref)
  (func $f)
  (elem declare func $f)
  (func (export "map") (result i32)
    (loop $again (table.set $t (i32.const 3) (ref.func $f)) (br $again)) (i32.const 0)))

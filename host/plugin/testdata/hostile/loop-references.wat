;; Takes references to a function, one after the other, for ever.
(module
  (memory (export "memory") 1)
  (func $f)
  (elem declare func $f)
  (func (export "map") (result i32)
    (loop $again (br_if $again (i32.eqz (ref.is_null (ref.func $f))))) (i32.const 0)))

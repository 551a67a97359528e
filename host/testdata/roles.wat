;; Gives everybody the role one. Tests write other roles of three letters over it.
(module
  (import "doorward" "output_write" (func $write (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"set\":{\"roles\":[\"one\"]}}")
  (func (export "map") (result i32)
    (call $write (i32.const 0) (i32.const 25))
    (i32.const 0)))

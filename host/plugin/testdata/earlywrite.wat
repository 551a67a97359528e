;; Writes a result before there is an input.
(module
  (import "doorward" "output_write" (func $out (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "_initialize") (call $out (i32.const 0) (i32.const 0)))
  (func (export "map") (result i32) (i32.const 0)))

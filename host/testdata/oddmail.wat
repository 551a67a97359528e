;; Answers with an email that is none.
(module
  (import "doorward" "output_write" (func $write (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"set\":{\"email\":\"no address at all\"}}")
  (func (export "map") (result i32)
    (call $write (i32.const 0) (i32.const 37))
    (i32.const 0)))

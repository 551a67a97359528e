;; Writes a result of 10,000 levels.
(module
  (import "doorward" "output_write" (func $output (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"set\":{\"attributes\":{\"x\":")
  (func (export "map") (result i32)
    (memory.fill (i32.const 26) (i32.const 91) (i32.const 10000))
    (memory.fill (i32.const 10026) (i32.const 93) (i32.const 10000))
    (memory.fill (i32.const 20026) (i32.const 125) (i32.const 3))
    (call $output (i32.const 0) (i32.const 20029)) (i32.const 0)))

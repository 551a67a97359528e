;; A data segment begins behind the memory's end.
(module
  (memory (export "memory") 1)
  (data (i32.const 65535) "ab")
  (func (export "map") (result i32) (i32.const 0)))

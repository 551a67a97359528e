;; Begins with 64 MiB of memory.
(module
  (memory (export "memory") 1024)
  (func (export "map") (result i32) (i32.const 0)))

;; Begins with a table of sixteen million entries.
(module
  (memory (export "memory") 1)
  (table 16000000 funcref)
  (func (export "map") (result i32) (i32.const 0)))

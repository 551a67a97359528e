;; Is a reactor and a command.
(module
  (memory (export "memory") 1)
  (func (export "_start"))
  (func (export "map") (result i32) (i32.const 0)))

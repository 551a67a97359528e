;; A command that imports a reactor's function.
(module
  (import "doorward" "input_len" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))

;; A command that takes a reactor's functions.
(module
  (import "doorward" "input_len" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))

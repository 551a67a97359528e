;; Asks for ever for more than there can be.
(module
  (memory (export "memory") 1)
  (func (export "map") (result i32) (loop $again (drop (memory.grow (i32.const -1))) (br $again)) (i32.const 0)))

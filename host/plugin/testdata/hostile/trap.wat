;; Traps, in a function whose name misleads.
(module
  (memory (export "memory") 1)
  (func $guest_said_this unreachable)
  (func (export "map") (result i32) (call $guest_said_this) (i32.const 0)))

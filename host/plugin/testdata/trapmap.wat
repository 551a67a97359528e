;; Traps in map.
(module (memory (export "memory") 1) (func (export "map") (result i32) unreachable))

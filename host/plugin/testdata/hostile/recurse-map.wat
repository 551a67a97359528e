;; Its map calls map.
(module
  (memory (export "memory") 1)
  (func $map (export "map") (result i32) (call $map)))

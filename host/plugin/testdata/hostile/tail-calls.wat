;; --enable-tail-call
;; Never ends, and never nests.
(module
  (memory (export "memory") 1)
  (func $map (export "map") (result i32) (return_call $map)))

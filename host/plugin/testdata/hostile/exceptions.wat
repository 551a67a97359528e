;; --enable-exceptions
;; Catches whatever ends it.
(module
  (memory (export "memory") 1)
  (func $down (call $down))
  (func (export "map") (result i32)
    (loop $again (try (do (call $down)) (catch_all (br $again)))) (i32.const 0)))

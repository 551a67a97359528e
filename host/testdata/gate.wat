;; Denies people whose idTokenClaims has the member denied.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "doorward" "output_write" (func $write (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/sources/idTokenClaims/denied")
  (data (i32.const 32) "{\"deny\":{\"reason\":\"not on the list of the day\"}}")
  (func (export "map") (result i32)
    (if (i32.ge_s (call $get (i32.const 0) (i32.const 29) (i32.const 128) (i32.const 0)) (i32.const 0))
      (then (call $write (i32.const 32) (i32.const 48))))
    (i32.const 0)))

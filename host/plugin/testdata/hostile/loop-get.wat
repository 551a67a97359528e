;; Looks for ever for what is not there, through all that is.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/sources/idTokenClaims/groups/99999999/x")
  (func (export "map") (result i32)
    (loop $again (drop (call $get (i32.const 0) (i32.const 40) (i32.const 64) (i32.const 64))) (br $again))
    (i32.const 0)))

;; Asks for the tokens, which nobody granted it.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/sources/tokenEndpointResponse/access_token")
  (func (export "map") (result i32)
    (drop (call $get (i32.const 0) (i32.const 43) (i32.const 64) (i32.const 64))) (i32.const 0)))

;; Asks for a source whose name would break lines and pages.
(module
  (import "doorward" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/sources/a\0d\0a<script>\1b[0m/x")
  (func (export "map") (result i32)
    (drop (call $get (i32.const 0) (i32.const 26) (i32.const 64) (i32.const 64))) (i32.const 0)))

;; Wants what would be useful to break out.
(module
  (import "env" "system" (func (param i32) (result i32)))
  (import "doorward" "http_get" (func (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_open" (func (param i32) (result i32)))
  (import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "map") (result i32) (i32.const 0)))

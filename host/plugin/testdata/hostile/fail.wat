;; Writes a result, says why it fails in terms that mislead, and fails.
(module
  (import "doorward" "output_write" (func $output (param i32 i32)))
  (import "doorward" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"set\":{\"roles\":[\"admin\"]}}")
  (data (i32.const 32) "\0a{\"level\":\"ERROR\"}\1b[2K<script>guest-said-this</script>")
  (func (export "map") (result i32)
    (call $output (i32.const 0) (i32.const 27))
    (call $fail (i32.const 32) (i32.const 55))
    (i32.const -2147483648)))

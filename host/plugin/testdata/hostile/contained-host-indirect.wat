;; Calls the host through a table and by a reference, with a result there.
(module
  (import "doorward" "output_write" (func $output (param i32 i32)))
  (memory (export "memory") 1)
  (table funcref (elem $output))
  (data (i32.const 0) "{}")
  (func (export "map") (result i32)
    (call_indirect (param i32 i32) (i32.const 0) (i32.const 2) (i32.const 0)) (i32.const 0)))

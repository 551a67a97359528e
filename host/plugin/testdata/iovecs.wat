;; Asks for one write of half a million pieces that are each the whole memory.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 64)
  (func (export "map") (result i32)
    (local $i i32)
    (loop $l
      (i32.store (i32.add (local.get $i) (i32.const 4)) (i32.const 4194304))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 4194000))))
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 524000) (i32.const 4194200)))
    (i32.const 0)))

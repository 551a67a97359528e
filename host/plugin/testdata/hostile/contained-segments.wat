;; Its data segments are in no order and overlap: the last one counts.
(module
  (memory (export "memory") 1)
  (data (i32.const 8) "cccc")
  (data (i32.const 0) "aaaaaaaaaa")
  (data (i32.const 65532) "zzzz")
  (data (i32.const 4) "bb")
  (data (i32.const 65536) "")
  (data (i32.const 4) "")
  (func (export "map") (result i32)
    (if (i64.ne (i64.load (i32.const 0)) (i64.const 0x6161626261616161)) (then unreachable))
    (if (i32.ne (i32.load (i32.const 8)) (i32.const 0x63636161)) (then unreachable))
    (if (i32.ne (i32.load (i32.const 65532)) (i32.const 0x7a7a7a7a)) (then unreachable))
    (i32.const 0)))

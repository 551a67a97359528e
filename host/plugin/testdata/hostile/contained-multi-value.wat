;; Loops and blocks with several parameters and results, through which counts
;; of fuel and depth must not reach.
(module
  (memory (export "memory") 1)
  (func $swap (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func $back (param i64 i32) (result i32 i64) (local.get 1) (local.get 0))
  (func $sum (param $n i32) (result i32 i64)
    (local.get $n) (i64.const 0)
    (loop $again (param i32 i64) (result i32 i64)
      (call $swap) (call $back) (drop) (drop)
      (local.tee $n (i32.sub (local.get $n) (i32.const 1)))
      (i64.extend_i32_u (local.get $n))
      (br_if $again (i32.gt_u (local.get $n) (i32.const 3)))
      (if (param i32 i64) (result i32 i64) (i32.const 1) (then (call $swap) (call $back)) (else (unreachable)))))
  (func (export "map") (result i32)
    (call $sum (i32.const 100))
    (drop) (i32.sub (i32.const 3))))

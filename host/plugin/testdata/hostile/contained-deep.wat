;; Nests as deep as it may, with a hundred variables that live through each
;; call, and comes back.
(module
  (memory (export "memory") 1)
  (func $down (param $n i32) (result i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64) (local $e i64) (local $f i64) (local $g i64) (local $h i64)
    (if (i32.eqz (local.get $n)) (then (return (i64.const 0))))
    (local.set $a (i64.load offset=0 (local.get $n))) (local.set $b (i64.load offset=8 (local.get $n)))
    (local.set $c (i64.load offset=16 (local.get $n))) (local.set $d (i64.load offset=24 (local.get $n)))
    (local.set $e (i64.load offset=32 (local.get $n))) (local.set $f (i64.load offset=40 (local.get $n)))
    (local.set $g (i64.load offset=48 (local.get $n))) (local.set $h (i64.load offset=56 (local.get $n)))
    (call $down (i32.sub (local.get $n) (i32.const 1)))
    (i64.add (local.get $a)) (i64.add (local.get $b)) (i64.add (local.get $c)) (i64.add (local.get $d))
    (i64.add (local.get $e)) (i64.add (local.get $f)) (i64.add (local.get $g)) (i64.add (local.get $h)))
  (func (export "map") (result i32) (i64.ne (call $down (i32.const 3000)) (i64.const 0))))

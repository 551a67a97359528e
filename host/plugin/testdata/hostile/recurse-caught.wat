;; Nests as deep as it gets, in branches that leave by br and return, and begins
;; anew; the count must not run away in either direction.
(module
  (memory (export "memory") 1)
  (func $down (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
    (block $out (result i32)
      (br $out (call $down (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "map") (result i32)
    (local $i i32)
    (loop $again
      (drop (call $down (i32.const 1000)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))
    (call $down (i32.const 1000000))))

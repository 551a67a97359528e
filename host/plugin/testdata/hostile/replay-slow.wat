;; Is initialised anew for each call, because it changes a table then, and takes
;; its time for that.
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func $f)
  (elem declare func $f)
  (func $start
    (local $i i32)
    (table.set $t (i32.const 0) (ref.func $f))
    (loop $again (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 60000000)))))
  (func (export "map") (result i32) (i32.const 0))
  (start $start))

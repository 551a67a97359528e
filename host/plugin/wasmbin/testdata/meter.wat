;; What the meter charges, bounds and notes.
(module $meter
  (type $none (func))
  (import "env" "host" (func $host))
  (memory (export "memory") 1 4)
  (table $t (export "table") 4 funcref)
  (table $x 1 externref)
  (global $plain (export "plain") (mut i32) (i32.const 7))
  (global $long (mut i64) (i64.const -1))
  (global $fixed i32 (i32.const 3))
  (data (i32.const 8) "ab")
  (data $passive "0123456789")
  (data (i32.const 10) "cd")
  (data (i32.const 100) "z")
  (elem (table $t) (i32.const 0) func $leaf $down)
  (elem $spare func $leaf)
  (start $begin)

  (func $begin (global.set $plain (i32.const 8)))

  ;; Cheap, calls nothing: no check of its own.
  (func $leaf (export "leaf") (param i32) (result i32)
    (i32.add (local.get 0) (i32.const 1)))

  ;; 5 for each turn: local.get, const, sub, tee, br_if.
  (func (export "loop") (param $n i32)
    (loop $again
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; A loop that nothing goes back to: 2 and no check.
  (func (export "once") (result i32)
    (loop (result i32) (i32.eqz (i32.const 1))))

  ;; 8 for each turn, and 3 for leaf in each.
  (func (export "calls") (param $n i32)
    (loop $again
      (drop (call $leaf (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; The dearer arm counts: 4 for local.get, if and the second arm's two.
  (func (export "arms") (param i32)
    (if (local.get 0)
      (then (nop))
      (else (drop (i32.const 1))))
    (call $host))

  (func $down (export "down") (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
    (i32.add (i32.const 1) (call $down (i32.sub (local.get $n) (i32.const 1)))))

  ;; Leaves by return, by a branch to the function, by a table, by its end.
  (func $leave (export "leave") (param i32) (result i32)
    (drop (call $down (i32.const 3)))
    (block $b
      (block $a
        (if (i32.eq (local.get 0) (i32.const 0)) (then (return (i32.const 10))))
        (br_if $a (i32.eq (local.get 0) (i32.const 1)))
        (br 2 (i32.const 11) (br_if $b (i32.eq (local.get 0) (i32.const 2)))))
      (i32.const 12) (local.get 0) (br_table 1 1 1))
    (i32.const 13))

  (func (export "endless") (result i32) (call $down (i32.const -1)))
  (func (export "through") (param i32) (result i32)
    (call_indirect (param i32) (result i32) (i32.const 5) (local.get 0)))

  (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
  (func (export "copy") (param i32) (memory.copy (i32.const 0) (i32.const 1) (local.get 0)))
  (func (export "init") (param i32) (memory.init $passive (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "tfill") (param i32) (table.fill $t (i32.const 0) (ref.null func) (local.get 0)))
  (func (export "tcopy") (param i32) (table.copy $t $t (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "tinit") (param i32) (table.init $t $spare (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "tgrow") (param i32) (result i32) (table.grow $x (ref.null extern) (local.get 0)))
  (func (export "tset") (param i32) (table.set $t (local.get 0) (ref.null func)))
  (func (export "ddrop") (param i32) (data.drop $passive))
  (func (export "gone") (param i32) (memory.init 0 (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "edrop") (param i32) (elem.drop $spare))
  (func (export "trap") (param i32) (unreachable))
  (func (export "spare") (result i32)
    (drop (ref.func $leaf)) (global.get $plain)))

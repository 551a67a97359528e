;; Grows its table by a million entries, and then little by little.
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "map") (result i32)
    (if (i32.ne (table.grow $t (ref.null func) (i32.const 1000000)) (i32.const -1)) (then unreachable))
    (loop $again (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 4096)) (i32.const -1))))
    (if (i32.gt_u (table.size $t) (i32.const 262144)) (then unreachable))
    (i32.const 0)))

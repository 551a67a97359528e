// What our functions cost, in the units of CEL's own: one for a call, one for
// each ten bytes or each item that it looks at.

package mapper

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

type functionCost struct{}

// CallCost implements cost.ActualCostEstimator.
func (functionCost) CallCost(function, _ string, args []ref.Val, result ref.Val) *uint64 {
	var total uint64
	switch function {
	case "containsAll", "containsAny":
		total = 1 + sizeOf(args[0])*uint64(max(len(args)-1, 1))
		if len(args) == 2 {
			total += sizeOf(args[0]) * sizeOf(args[1])
		}
	case "matches":
		total = 1 + sizeOf(args[0])*(1+sizeOf(args[1]))
	case "lower", "upper", "split", "join":
		total = 1 + sizeOf(args[0]) + sizeOf(result)
	case "first", "coalesce":
		total = 1
	default:
		return nil
	}
	return &total
}

func sizeOf(v ref.Val) uint64 {
	switch v := v.(type) {
	case types.String:
		return uint64(len(v)+9) / 10
	case traits.Lister:
		if n, ok := v.Size().(types.Int); ok {
			return uint64(n)
		}
	}
	return 1
}

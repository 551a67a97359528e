// Members that no guest knows.

package tck

import (
	"bytes"

	"github.com/doorward/doorward/sdk/abi"
)

// What stands before the members of an object, and behind them. A guest that
// reads names with their escapes, looks for a name at the wrong depth, or ends
// a string at the wrong quote takes some of it for what it looks for.
const (
	before = `"grease-7f3a":{"do":"fail","idTokenClaims":{"a":"wrong"},"id":["wrong"]},"":0`
	behind = `"grease-9b21":"\u0022}],\"do\":\"fail\"","grease-Ü\\":[[],{},null,-1.50e400,"\\"]`
)

// grease is input with unknown members in every object that a host may extend:
// the input itself, sources, user, login and config.
func grease(input []byte) []byte {
	return object(input, func(name string, value abi.Raw) abi.Raw {
		switch name {
		case "sources", "user", "login", "config":
			return object(value, nil)
		}
		return value
	})
}

// object writes a greased object; change may be nil.
func object(text abi.Raw, change func(name string, value abi.Raw) abi.Raw) abi.Raw {
	out := append([]byte{'{'}, before...)
	text.Members(func(name string, value abi.Raw) bool {
		if change != nil {
			value = change(name, value)
		}
		out = append(abi.AppendString(append(out, ", "...), name), " : "...)
		out = append(out, bytes.TrimSpace(value)...)
		return true
	})
	return append(append(append(out, "\n,"...), behind...), '}')
}

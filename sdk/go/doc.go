// Package doorward lets a mapper plugin be written as one Go function:
//
//	package main
//
//	import doorward "github.com/doorward/doorward/sdk/go"
//
//	func main() {}
//
//	//go:wasmexport map
//	func export() int32 { return doorward.Run(mapper) }
//
//	func mapper(in *doorward.Input) (doorward.Result, error) {
//		team, ok := in.Text("/sources/userInfo/team")
//		if !ok {
//			return doorward.Result{}, nil
//		}
//		return doorward.Result{Set: doorward.User{Roles: []string{"team-" + team}}}, nil
//	}
//
// It is built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w' -o mapper.wasm
//
// and tested natively: NewInput makes an Input from the JSON a host would
// send. The boundary itself is specified in sdk/abi; this package adds no
// dependency beyond it and avoids encoding/json and fmt, which would double
// the size of a guest. It uses no reflection and no goroutines, and TinyGo
// builds it too, with -target=wasip1 -buildmode=c-shared -scheduler=none.
package doorward

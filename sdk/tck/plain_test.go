// A second host: plain wazero, one instance for all calls, no limits. It is
// what isolation and metering are measured against, and shows that the
// boundary's specification is enough to write a host from.

package tck_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/doorward/doorward/sdk/abi"
	"github.com/doorward/doorward/sdk/tck"
)

// plain runs a reactor; it is used by one goroutine.
type plain struct {
	call   api.Function
	input  []byte
	index  index
	output []byte
	reason string
	lines  []string
}

// newPlain instantiates module.
func newPlain(t testing.TB, module []byte) *plain {
	t.Helper()
	ctx := context.Background()
	runtime := wazero.NewRuntime(ctx)
	t.Cleanup(func() { runtime.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	p := &plain{}
	if err := p.imports(ctx, runtime); err != nil {
		t.Fatal(err)
	}
	guest, err := runtime.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithStartFunctions(abi.ExportInitialize))
	if err != nil {
		t.Fatal(err)
	}
	p.call = guest.ExportedFunction(abi.ExportMap)
	return p
}

func (p *plain) imports(ctx context.Context, runtime wazero.Runtime) error {
	i32 := func(n int) []api.ValueType {
		types := make([]api.ValueType, n)
		for i := range types {
			types[i] = api.ValueTypeI32
		}
		return types
	}
	builder := runtime.NewHostModuleBuilder(abi.Module)
	for _, f := range []struct {
		name            string
		params, results int
		do              func(m api.Memory, stack []uint64)
	}{
		{abi.ImportInputLen, 0, 1, func(_ api.Memory, s []uint64) { s[0] = uint64(len(p.input)) }},
		{abi.ImportInputRead, 2, 1, func(m api.Memory, s []uint64) { s[0] = uint64(copy(view(m, s[0], s[1]), p.input)) }},
		{abi.ImportGet, 4, 1, func(m api.Memory, s []uint64) {
			s[0] = api.EncodeI32(p.get(string(view(m, s[0], s[1])), view(m, s[2], s[3])))
		}},
		{abi.ImportOutputWrite, 2, 0, func(m api.Memory, s []uint64) { p.output = append(p.output[:0], view(m, s[0], s[1])...) }},
		{abi.ImportLog, 3, 0, func(m api.Memory, s []uint64) {
			p.lines = append(p.lines, abi.Level(int32(s[0])).String()+": "+string(view(m, s[1], s[2])))
		}},
		{abi.ImportFail, 2, 0, func(m api.Memory, s []uint64) { p.reason = string(view(m, s[0], s[1])) }},
	} {
		builder.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, m api.Module, stack []uint64) {
			f.do(m.Memory(), stack)
		}), i32(f.params), i32(f.results)).Export(f.name)
	}
	_, err := builder.Instantiate(ctx)
	return err
}

// view is a range of the guest's memory; one outside of it ends the call.
func view(m api.Memory, ptr, length uint64) []byte {
	bytes, ok := m.Read(uint32(ptr), uint32(length))
	if !ok {
		panic(errors.New("a range outside the memory"))
	}
	return bytes
}

func (p *plain) get(pointer string, buf []byte) int32 {
	tokens, err := abi.ParsePointer(pointer)
	if err != nil {
		return abi.GetMalformed
	}
	value, found := p.index.find(tokens)
	if !found {
		return abi.GetAbsent
	}
	if len(value) <= len(buf) {
		copy(buf, value)
	}
	return int32(len(value))
}

// Run gives the guest input.
func (p *plain) Run(ctx context.Context, job tck.Job) (tck.Outcome, error) {
	p.input, p.output, p.reason, p.lines = job.Input, p.output[:0], "", p.lines[:0]
	p.index.reset(job.Input)
	code, err := p.call.Call(ctx)
	if err != nil {
		return tck.Outcome{}, err
	}
	if code[0] != 0 {
		return tck.Outcome{Failed: true, Reason: p.reason, Log: p.lines}, nil
	}
	return tck.Outcome{Result: p.output, Log: p.lines}, nil
}

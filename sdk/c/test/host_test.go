package test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/doorward/doorward/sdk/abi"
)

// host is the least that a reactor needs: plain wazero, one instance for all
// calls, no limits. It is for one goroutine.
type host struct {
	call   api.Function
	memory api.Memory
	input  []byte

	// Of the last call.
	output []byte
	reason string
	gets   int
}

func newHost(t testing.TB, module []byte) *host {
	t.Helper()
	ctx := context.Background()
	runtime := wazero.NewRuntime(ctx)
	t.Cleanup(func() { runtime.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	h := &host{}
	if _, err := h.imports(runtime.NewHostModuleBuilder(abi.Module)).Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	m, err := runtime.Instantiate(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	h.call, h.memory = m.ExportedFunction(abi.ExportMap), m.Memory()
	return h
}

func (h *host) imports(builder wazero.HostModuleBuilder) wazero.HostModuleBuilder {
	i32 := slices.Repeat([]api.ValueType{api.ValueTypeI32}, 4)
	add := func(name string, params, results int, do api.GoModuleFunc) {
		builder.NewFunctionBuilder().WithGoModuleFunction(do, i32[:params], i32[:results]).Export(name)
	}
	add(abi.ImportGet, 4, 1, h.get)
	add(abi.ImportOutputWrite, 2, 0, func(_ context.Context, m api.Module, s []uint64) {
		h.output = append(h.output, view(m, s[0], s[1])...)
	})
	add(abi.ImportLog, 3, 0, func(context.Context, api.Module, []uint64) {})
	add(abi.ImportFail, 2, 0, func(_ context.Context, m api.Module, s []uint64) { h.reason = string(view(m, s[0], s[1])) })
	return builder
}

func view(m api.Module, at, length uint64) []byte {
	bytes, ok := m.Memory().Read(uint32(at), uint32(length))
	if !ok {
		panic("a range outside the memory")
	}
	return bytes
}

func (h *host) get(_ context.Context, m api.Module, stack []uint64) {
	h.gets++
	tokens, err := abi.ParsePointer(string(view(m, stack[0], stack[1])))
	value, found := abi.Find(h.input, tokens)
	if err != nil || !found {
		stack[0] = api.EncodeI32(abi.GetAbsent)
		return
	}
	if buf := view(m, stack[2], stack[3]); len(value) <= len(buf) {
		copy(buf, value)
	}
	stack[0] = uint64(len(value))
}

func (h *host) run(input []byte) error {
	h.input, h.output, h.reason, h.gets = input, h.output[:0], "", 0
	code, err := h.call.Call(context.Background())
	if err == nil && code[0] != 0 {
		return errors.New("the guest failed")
	}
	return err
}

package main

import (
	"context"
	"os"
	"testing"

	doorward "github.com/doorward/doorward/sdk/go"
	"github.com/doorward/doorward/sdk/tck"
)

// native runs the guest's function without Wasm.
type native struct{}

func (native) Run(_ context.Context, job tck.Job) (tck.Outcome, error) {
	in, err := doorward.NewInput(job.Input)
	if err != nil {
		return tck.Outcome{}, err
	}
	result, failure := obey(in)
	if failure != nil {
		return tck.Outcome{Failed: true, Reason: failure.Error(), Log: in.Logged()}, nil
	}
	return tck.Outcome{Result: result.JSON(), Log: in.Logged()}, nil
}

func TestConformance(t *testing.T) { tck.Mapping(t, native{}, os.DirFS("../../abi/testdata")) }

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	doorward "github.com/doorward/doorward/sdk/go"
)

const golden = "../../../sdk/abi/testdata/golden"

// Each input of the golden folder gives its output, byte for byte.
func TestStaff(t *testing.T) {
	cases, err := filepath.Glob(golden + "/*/input.json")
	if err != nil || len(cases) < 12 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, file := range cases {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			input, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(filepath.Dir(file), "output.json"))
			if err != nil {
				t.Fatal(err)
			}
			if got := output(t, input); !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// output is the outcome of one input as the golden folder holds it.
func output(t *testing.T, input []byte) []byte {
	t.Helper()
	in, err := doorward.NewInput(bytes.TrimSuffix(input, []byte("\n")))
	if err != nil {
		t.Fatal(err)
	}
	result, failure := mapStaff(in)
	logged := in.Logged()
	if logged == nil {
		logged = []string{}
	}
	log, err := json.Marshal(logged)
	if err != nil {
		t.Fatal(err)
	}
	if failure != nil {
		return append(append(append(append([]byte(`{"failure":`), doorward.Text(failure.Error())...), `,"log":`...), log...), "}\n"...)
	}
	return append(append(append(append([]byte(`{"result":`), result.JSON()...), `,"log":`...), log...), "}\n"...)
}

// What the golden folder cannot show: that a failure leaves no result behind.
func TestStaffFailsWithoutAResult(t *testing.T) {
	in, err := doorward.NewInput([]byte(`{"sources":{"idTokenClaims":{"preferred_username":"ada","groups":["a",1]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if result, err := mapStaff(in); err == nil || !reflect.DeepEqual(result, doorward.Result{}) {
		t.Errorf("got %+v, %v", result, err)
	}
}

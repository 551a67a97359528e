package abi_test

import (
	"testing"

	"github.com/doorward/doorward/sdk/abi"
)

// The warm-up's input is exactly as large as asked for, and strict JSON.
func TestWarmUpInput(t *testing.T) {
	least := len(abi.WarmUpInput([]string{"userInfo", "nothing"}, abi.Raw(`{"a":1}`), 0))
	for size := least - 3; size < least+12_000; size += 1 + size%7 {
		input := abi.WarmUpInput([]string{"userInfo", "nothing"}, abi.Raw(`{"a":1}`), size)
		if err := abi.Raw(input).Check(); err != nil {
			t.Fatalf("%d: %v", size, err)
		}
		if missing := size - len(input); missing < 0 && len(input) > least || missing > 40 { // a little may be too little for the padding
			t.Fatalf("asked for %d bytes, got %d", size, len(input))
		}
	}
	input := abi.Raw(abi.WarmUpInput([]string{"userInfo", "idTokenClaims"}, nil, 256<<10))
	if len(input) != 256<<10 {
		t.Errorf("it has %d bytes", len(input))
	}
	for pointer, want := range map[string]string{
		"/sources/userInfo/groups/203":    `"padding 00000200"`,
		"/sources/idTokenClaims/groups/4": `"padding 00000001"`,
		"/sources/userInfo/padding/1":     `"padding 00000002"`,
		"/login/idp":                      `"warm-up"`,
		"/user/userName":                  `"warm.up"`,
		"/config":                         `{}`,
	} {
		if got, _ := input.Get(pointer); string(got) != want {
			t.Errorf("%s is %s, want %s", pointer, got, want)
		}
	}
	if _, ok := input.Get("/sources/tokenEndpointResponse"); ok {
		t.Error("a source that is not granted is there")
	}
	if bare := abi.WarmUpInput(nil, nil, 4096); len(bare) >= 4096 {
		t.Errorf("without a source it has %d bytes", len(bare))
	}
}

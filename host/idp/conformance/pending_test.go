package conformance_test

import (
	"os"
	"testing"
)

// pending says what waits for a part of the provider.
var pending = map[string]string{
	"TestClientCredentials":     "the characters of error_description",
	"TestDevicePolling":         "the characters of error_description",
	"TestPARUse":                "a request_uri that is opened again",
	"TestPARWithARequestObject": "the fault of a pushed request object",
}

func waits(t testing.TB) {
	if why := pending[t.Name()]; why != "" && os.Getenv("DOORWARD_CI") == "" {
		t.Skip("waits for", why)
	}
}

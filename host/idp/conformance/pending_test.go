package conformance_test

// What waits for parts of the provider: a plan, a plan's module, or a test.

var pending = map[string]string{
	"Config OP": "acr_values_supported",
	"Dynamic OP/oidcc-discovery-endpoint-verification": "acr_values_supported",

	"TestClaimsACR":                   "acr",
	"TestClientCredentials":           "the characters of error_description",
	"TestTokenEndpointRequests":       "the characters of error_description",
	"TestDevicePolling":               "the characters of error_description",
	"TestPARDuplicateParameters":      "the characters of error_description",
	"TestIntrospectionNeedsTheClient": "invalid_client without credentials",
	"TestRevocationIsTheClientsOwn":   "invalid_client without credentials",
	"TestPARUse":                      "a request_uri that is opened again",
	"TestPARWithARequestObject":       "the fault of a pushed request object",
}

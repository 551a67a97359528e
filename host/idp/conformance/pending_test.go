package conformance_test

// Modules that wait for parts of the provider: a plan, or a plan and a module.

var pending = map[string]string{
	"Config OP": "acr_values_supported",
	"Dynamic OP/oidcc-discovery-endpoint-verification": "acr_values_supported",
}

package console

// failureKinds says what each kind of failure of a plugin means.
var failureKinds = map[string]string{
	"input":      "The login's document is larger than limits.input.",
	"memory":     "It asked for more memory than limits.memory.",
	"output":     "Its result is larger than limits.output.",
	"fuel":       "It burnt more than limits.fuel and limits.fuel_per_byte allow.",
	"timeout":    "It ran longer than limits.timeout.",
	"concurrent": "All places of limits.concurrent stayed taken.",
	"depth":      "Its calls nested too deep.",
	"trap":       "It crashed.",
	"guest":      "It reported a failure itself; its reason is in the trace of that login.",
	"abi":        "It broke a rule of the boundary.",
	"grant":      "It asked for a source that it is not granted.",
	"result":     "Its result cannot be read.",
	"closed":     "The host was stopping.",
	"cancelled":  "Nobody waited for the login any more.",
	"other":      "The host could not run it; its log says why.",
	"breaker":    "It was not asked, as it had failed too often.",
}

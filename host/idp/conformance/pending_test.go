package conformance_test

// Modules that wait for parts of the provider: a plan, or a plan and a module.

var pending = map[string]string{
	"Basic OP/oidcc-scope-profile":    "claims by scope",
	"Basic OP/oidcc-scope-address":    "claims by scope",
	"Basic OP/oidcc-scope-phone":      "claims by scope",
	"Basic OP/oidcc-scope-all":        "claims by scope",
	"Basic OP/oidcc-claims-essential": "the claims parameter",
	"Basic OP/oidcc-refresh-token":    "refresh tokens",
	"Form Post OP":                    "response modes",
	"Dynamic OP":                      "registration's route",
	"3rd Party-Init OP":               "registration's route",
	"Back-Channel OP":                 "back-channel logout",
	"Config OP":                       "the whole of discovery",
}

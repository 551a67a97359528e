package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

// constants reads the values of the constants of a type out of a file of
// host/login: the lists there are closed, and Go cannot list them.
func constants(t *testing.T, file, kind string) []string {
	t.Helper()
	return constantsIn(t, "../login/"+file, kind)
}

func constantsIn(t *testing.T, file, kind string) (values []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == kind {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	if len(values) < 3 {
		t.Fatalf("found only %v of %s", values, kind)
	}
	return values
}

func TestEveryReasonAndGrantorHasASentence(t *testing.T) {
	for _, reason := range constants(t, "vocabulary.go", "Reason") {
		if reasons[login.Reason(reason)] == "" {
			t.Errorf("the reason %s has no sentence", reason)
		}
		if login.Reason(reason) == reasonNotGranted {
			t.Errorf("%s is a decision's own reason", reason)
		}
	}
	for _, by := range constants(t, "vocabulary.go", "By") {
		if grantors[login.By(by)] == "" {
			t.Errorf("what %s means is not said", by)
		}
	}
}

// notOfAWalk lists the codes that no walk ends with: they are of requests.
var notOfAWalk = []login.Code{
	login.CodeProviderUnknown, login.CodeLevelUnknown, login.CodeLevelNoStepUp, login.CodeLevelMissing, login.CodeACRUnknown, login.CodeReturnRefused,
	login.CodeAppUnknown, login.CodeOriginRefused, login.CodeNotFound, login.CodeMethodNotAllowed, login.CodeRequestTooLarge, login.CodeRateLimited,
	"peer_untrusted", "path_ambiguous", "hand_over_failed", "binding_missing", "login_loop", "identity_too_large", "client_unauthorized",
	"token_unavailable", "console_off", login.CodeStepUpNeeded,
	login.CodeRefreshRefused, login.CodeRefreshFailed, login.CodeAuthTimeMoved, login.CodeSessionFrozen,
	login.CodeLogoutTokenInvalid, login.CodeTokenAudience, login.CodeResourceUnknown, login.CodeNotInteractive,
	login.CodeClientUnknown, login.CodeUserCodeUnknown, login.CodeGrantInvalid,
}

func TestEveryCodeOfAWalkIsPutIntoWords(t *testing.T) {
	for _, code := range constants(t, "fault.go", "Code") {
		of := true
		for _, not := range notOfAWalk {
			of = of && string(not) != code
		}
		if said := causes[login.Code(code)].title; (said != "") != of {
			t.Errorf("%s: %q", code, said)
		}
	}
	for code, c := range causes {
		if strings.HasSuffix(c.title, ".") {
			t.Errorf("%s: the title ends in a full stop", code)
		}
		for _, usual := range c.usual {
			if !strings.HasSuffix(usual, ".") {
				t.Errorf("%s: %q is no sentence", code, usual)
			}
		}
	}
}

// Every userinfo status and every check has at least one usual cause.
func TestEveryStatusOfUserInfoHasACause(t *testing.T) {
	for status := range 600 {
		if len(userInfoCauses(status)) == 0 && (status == 0 || status >= 200 && status < 400 || status == 401 || status == 403) {
			t.Errorf("status %d has no cause", status)
		}
	}
	for _, check := range []string{"form", "iss", "aud", "azp", "signature", "times", "nonce", "at_hash", "sub"} {
		if len(checkCauses[check]) == 0 {
			t.Errorf("the check %s has no cause", check)
		}
	}
}

package test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const login4KB = "../../abi/testdata/golden/4kb/input.json"

// BenchmarkStaff is the example's call on a login of 4 KB: in plain wazero,
// one instance for all calls and no limits, and as the same mapping natively in
// Go with encoding/json, which the guest should not be slower than.
func BenchmarkStaff(b *testing.B) {
	input, err := os.ReadFile(login4KB)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("guest", func(b *testing.B) {
		h := newHost(b, guest(b, "../../../examples/plugins/c"))
		for b.Loop() {
			if err := h.run(input); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(h.gets), "gets/op")
	})
	b.Run("encoding-json", func(b *testing.B) {
		for b.Loop() {
			if _, err := mapStaff(input); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type person struct {
	Suspended   any             `json:"suspended"`
	UserName    string          `json:"preferred_username"`
	GivenName   string          `json:"given_name"`
	FamilyName  string          `json:"family_name"`
	Email       string          `json:"email"`
	EmailProved bool            `json:"email_verified"`
	Groups      []string        `json:"groups"`
	Locale      string          `json:"locale"`
	Org         json.RawMessage `json:"org"`
}

// mapStaff is the mapping on well-formed claims, as one would write it in Go.
func mapStaff(input []byte) ([]byte, error) {
	var in struct {
		Sources struct{ IDTokenClaims, UserInfo person }
		User    struct{ Roles []string }
		Config  struct{ Prefix string }
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	claims, info := in.Sources.IDTokenClaims, in.Sources.UserInfo
	roles, groups := in.User.Roles, append(claims.Groups, info.Groups...)
	for _, group := range groups {
		role, ok := strings.CutPrefix(group, in.Config.Prefix)
		if ok && role != "" && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	_ = strconv.Itoa(len(roles)) + " of " + strconv.Itoa(len(groups)) + " groups became roles"
	return json.Marshal(map[string]any{"set": map[string]any{
		"userName": strings.ToLower(claims.UserName), "firstName": info.GivenName, "lastName": info.FamilyName, "email": claims.Email, "roles": roles,
		"attributes": map[string]any{"groupCount": len(groups), "locale": info.Locale, "org": claims.Org},
	}})
}

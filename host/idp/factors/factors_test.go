package factors_test

// What follows from what was proved.

import (
	"reflect"
	"testing"

	. "github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/people"
)

// IGN-24: exact arrays for each method.
func TestIGN24_AMRAndACR(t *testing.T) {
	for _, test := range []struct {
		proved Proved
		amr    []string
		acr    string
	}{
		{Proved{Method: Password}, []string{"uname", "pwd"}, ACRPassword},
		{Proved{Method: Badge}, []string{"badge"}, ACRBadge},
		{Proved{Method: BadgePassword}, []string{"badge", "pwd"}, ACRPassword},
		{Proved{Method: Passkey, Key: Hardware}, []string{"hwk", "user", "mfa"}, ACRPasskey},
		{Proved{Method: Passkey, Key: Software}, []string{"swk", "user", "mfa"}, ACRPasskey},
		{Proved{Method: Password, TOTP: true}, []string{"uname", "pwd", "otp", "mfa"}, ACRMFA},
		{Proved{Method: Badge, TOTP: true}, []string{"badge", "otp", "mfa"}, ACRMFA},
		{Proved{Method: BadgePassword, TOTP: true}, []string{"badge", "pwd", "otp", "mfa"}, ACRMFA},
		{Proved{Method: Password, Key: Hardware}, []string{"uname", "pwd", "hwk", "user", "mfa"}, ACRPasskey},
		{Proved{Method: Badge, Key: Software}, []string{"badge", "swk", "user", "mfa"}, ACRPasskey},
		{Proved{Method: Password, TOTP: true, Key: Hardware}, []string{"uname", "pwd", "otp", "hwk", "user", "mfa"}, ACRPasskey},
	} {
		if got := test.proved.AMR(); !reflect.DeepEqual(got, test.amr) {
			t.Errorf("%+v: amr %q, want %q", test.proved, got, test.amr)
		}
		if got := test.proved.ACR(); got != test.acr {
			t.Errorf("%+v: acr %s, want %s", test.proved, got, test.acr)
		}
	}
	amr := Proved{Method: Password}.AMR()
	amr[0] = "changed"
	if (Proved{Method: Password}).AMR()[0] != "uname" {
		t.Error("whoever holds an amr can change the next one")
	}
}

func TestReaches(t *testing.T) {
	for i, have := range ACRs() {
		for j, want := range ACRs() {
			if Reaches(have, want) != (i >= j) {
				t.Errorf("%s reaches %s: %v", have, want, i < j)
			}
		}
		if Reaches(have, "urn:example:gold") || Reaches("urn:example:gold", have) {
			t.Errorf("an unknown acr compares with %s", have)
		}
	}
}

func TestOffered(t *testing.T) {
	for _, test := range []struct {
		methods []Method
		second  Requirement
		want    []string
	}{
		{[]Method{Password}, Off, []string{ACRPassword}},
		{[]Method{Passkey, Badge}, Off, []string{ACRBadge, ACRPasskey}},
		{[]Method{BadgePassword}, Optional, []string{ACRPassword, ACRMFA, ACRPasskey}},
	} {
		if got := Offered(test.methods, test.second); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%v %s: %v", test.methods, test.second, got)
		}
	}
}

func TestNext(t *testing.T) {
	totp, key := []byte("sealed"), []people.Passkey{{ID: []byte("k")}}
	none := people.Person{}
	for name, test := range map[string]struct {
		r      Requirement
		person people.Person
		proved Proved
		wanted []string
		want   Step
	}{
		"off, none":                                 {Off, none, Proved{Method: Password}, nil, Done},
		"off, has one":                              {Off, people.Person{TOTP: totp}, Proved{Method: Password}, nil, Done},
		"off, the client wants it":                  {Off, people.Person{TOTP: totp}, Proved{Method: Password}, []string{ACRMFA}, AskSecond},
		"off, wanted and not there":                 {Off, none, Proved{Method: Password}, []string{ACRMFA}, Done},
		"off, an unknown acr":                       {Off, people.Person{TOTP: totp}, Proved{Method: Password}, []string{"gold"}, Done},
		"optional, none":                            {Optional, none, Proved{Method: Password}, nil, Done},
		"optional, code":                            {Optional, people.Person{TOTP: totp}, Proved{Method: Password}, nil, AskSecond},
		"optional, passkey":                         {Optional, people.Person{Passkeys: key}, Proved{Method: Badge}, nil, AskSecond},
		"optional, proved":                          {Optional, people.Person{TOTP: totp}, Proved{Method: Password, TOTP: true}, nil, Done},
		"optional, signed in by passkey":            {Optional, people.Person{TOTP: totp, Passkeys: key}, Proved{Method: Passkey, Key: Software}, nil, Done},
		"required, none":                            {Required, none, Proved{Method: Badge}, nil, EnrolSecond},
		"required, proved":                          {Required, people.Person{TOTP: totp}, Proved{Method: Badge, TOTP: true}, nil, Done},
		"required, by passkey":                      {Required, people.Person{Passkeys: key}, Proved{Method: Passkey, Key: Hardware}, nil, Done},
		"a passkey wanted after a code":             {Optional, people.Person{TOTP: totp, Passkeys: key}, Proved{Method: Password, TOTP: true}, []string{ACRPasskey}, AskSecond},
		"a passkey wanted, a code there":            {Off, people.Person{TOTP: totp}, Proved{Method: Password}, []string{ACRPasskey}, Done},
		"the second wish, when the first cannot be": {Off, people.Person{TOTP: totp}, Proved{Method: Password}, []string{"gold", ACRPasskey, ACRMFA}, AskSecond},
		"one wish is met":                           {Off, people.Person{TOTP: totp}, Proved{Method: Password}, []string{ACRMFA, ACRPassword}, Done},
		"must change":                               {Off, people.Person{MustChange: true}, Proved{Method: Password}, nil, ChangePassword},
		"must change, but no password proved":       {Off, people.Person{MustChange: true}, Proved{Method: Badge}, nil, Done},
		"must change, after the second":             {Optional, people.Person{MustChange: true, TOTP: totp}, Proved{Method: Password}, nil, AskSecond},
		"must change, then enrol":                   {Required, people.Person{MustChange: true}, Proved{Method: Password}, nil, ChangePassword},
	} {
		if got := Next(test.r, test.person, test.proved, test.wanted); got != test.want {
			t.Errorf("%s: step %d, want %d", name, got, test.want)
		}
	}
}

func TestSuffices(t *testing.T) {
	key, badge := []people.Passkey{{}}, []string{"b"}
	for name, test := range map[string]struct {
		methods []Method
		r       Requirement
		person  people.Person
		want    bool
	}{
		"password":                        {[]Method{Password}, Off, people.Person{PasswordHash: "h"}, true},
		"no password":                     {[]Method{Password}, Off, people.Person{Passkeys: key}, false},
		"passkey":                         {[]Method{Password, Passkey}, Required, people.Person{Passkeys: key}, true},
		"badge without a number":          {[]Method{Badge}, Off, people.Person{PasswordHash: "h"}, false},
		"both of badge and password":      {[]Method{BadgePassword}, Off, people.Person{PasswordHash: "h", Badges: badge}, true},
		"required, without a second":      {[]Method{Password}, Required, people.Person{PasswordHash: "h"}, false},
		"required, with a second":         {[]Method{Password}, Required, people.Person{PasswordHash: "h", TOTP: []byte("s")}, true},
		"a passkey that is no method now": {[]Method{Badge}, Off, people.Person{Passkeys: key}, false},
	} {
		if got := Suffices(test.methods, test.r, test.person); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCheckMethods(t *testing.T) {
	for _, bad := range [][]Method{nil, {"fingerprint"}, {Password, Password}} {
		if CheckMethods(bad) == nil {
			t.Errorf("%v passes", bad)
		}
	}
	if err := CheckMethods([]Method{Passkey, Badge, Password, BadgePassword}); err != nil {
		t.Error(err)
	}
	if Requirement("maybe").Check() == nil || Required.Check() != nil {
		t.Error("requirements")
	}
}

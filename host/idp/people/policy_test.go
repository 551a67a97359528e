package people

import (
	"errors"
	"strings"
	"testing"
)

func TestPolicy(t *testing.T) {
	ada := Person{UserName: "Countess", Email: "ada.lovelace@example.com"}
	for password, want := range map[string]string{
		"correct horse battery":     "",
		"Zwetschgen im September 7": "",
		"mzkq-uwhc-pnre":            "",
		"Hängebrücke über Fluss":    "",
		"short":                     PasswordShort,
		"":                          PasswordShort,
		"äöüäöüäöüäö":               PasswordShort, // eleven characters, 22 bytes
		strings.Repeat("x y", 400):  PasswordLong,
		"my countess rules":         PasswordName,
		"Ada.Lovelace-1815":         PasswordName,
		"Password1234":              PasswordCommon,
		"P@ssw0rd!2024":             PasswordCommon,
		"passwordpassword":          PasswordCommon,
		"administrator":             PasswordCommon,
		"qwertyuiop12":              PasswordCommon,
		"1qaz2wsx3edc":              PasswordCommon,
		"123456789012":              PasswordCommon,
		"aaaaaaaaaaaaaa":            PasswordCommon,
		"abcabcabcabcab":            PasswordCommon,
		"abcdefghijklm":             PasswordCommon,
		"987654321zyxw":             PasswordCommon,
		"manchesterunited":          PasswordCommon,
		"Schalke04-1904":            "",
		"Sommer2024!!!":             PasswordCommon, // 13 characters, but nothing more than a season and a year
		"Sommer-2024-!!":            PasswordCommon,
		"123-letmein-123":           PasswordCommon,
		"i l o v e y o u 1":         PasswordCommon,
		"Willkommen2026!":           PasswordCommon,
		"dragon dragon dragon":      PasswordCommon,
	} {
		err := Policy{}.Check(password, ada)
		var refused *PolicyError
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%q: %T", password, err)
		}
		got := ""
		if refused != nil {
			got = refused.Key
			if password != "" && strings.Contains(err.Error(), password) {
				t.Errorf("the error holds the password: %v", err)
			}
		}
		if got != want {
			t.Errorf("%.40q: %q; want %q", password, got, want)
		}
	}
	if err := (Policy{MinLength: 20}).Check("mzkq-uwhc-pnre", ada); err == nil || !strings.Contains(err.Error(), "at least 20 characters") {
		t.Errorf("a longer minimum: %v", err)
	}
	if err := (Policy{}).Check("mzkq-uwhc-pnre", Person{UserName: "mz"}); err != nil {
		t.Errorf("a name too short to matter: %v", err)
	}
}

// The list stands for tens of thousands of passwords, and each of them is
// refused.
func TestPolicy_TheListIsLong(t *testing.T) {
	parts := commonParts()
	if n := len(parts.words) * (len(parts.endings) + 1); n < 10_000 || len(parts.words) < 2000 {
		t.Errorf("%d words, %d passwords", len(parts.words), n)
	}
	checked := 0
	for word := range parts.words {
		for _, ending := range []string{"", "1", "123", "2024", "!"} {
			if checked++; !common(word + ending) {
				t.Errorf("%q passes", word+ending)
			}
		}
	}
	if checked < 10_000 {
		t.Errorf("only %d were looked at", checked)
	}
}

func BenchmarkPolicy(b *testing.B) {
	for b.Loop() {
		_ = Policy{}.Check("correct horse battery staple and more", Person{})
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add("P@ssw0rd!2024", "ada")
	f.Add("\xff\xfe", "\xff")
	f.Fuzz(func(t *testing.T, password, name string) {
		err := Policy{}.Check(password, Person{UserName: name})
		if again := (Policy{}).Check(password, Person{UserName: name}); (err == nil) != (again == nil) {
			t.Error("two answers")
		}
	})
}

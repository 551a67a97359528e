package config

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

func TestTheExampleIsRightAndItsReadmeTellsTheTruth(t *testing.T) {
	t.Setenv("CORP_SECRET", "any")
	c, err := Load("../../examples/config/doorward.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 1 || len(c.Warnings) == 1 && !strings.Contains(c.Warnings[0].Message, "everyone on this machine") {
		t.Errorf("warnings:\n%v", c.Warnings)
	}
	text, err := os.ReadFile("../../examples/config/doorward.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(asJSON(t, string(text))); err != nil {
		t.Error(err)
	}
	_, err = Parse("examples/config/doorward.yaml", []byte(strings.Replace(string(text), "\nlisten", "\nlisen", 1)), os.LookupEnv, func(path string) ([]byte, error) {
		return os.ReadFile(filepath.Join("..", "..", path))
	})
	readme, _ := os.ReadFile("../../examples/config/README.md")
	if err == nil || !strings.Contains(string(readme), "\n"+err.Error()+"\n") {
		t.Errorf("the README does not show:\n%v", err)
	}
	for _, p := range c.Providers["people"].People {
		parts := strings.Split(p.PasswordHash.Reveal(), "$")
		salt, _ := base64.RawStdEncoding.DecodeString(parts[4])
		hash := argon2.IDKey([]byte("try doorward, "+p.UserName), salt, 2, 19456, 1, 32)
		if base64.RawStdEncoding.EncodeToString(hash) != parts[5] {
			t.Errorf("%s does not have the password that the README says", p.UserName)
		}
	}
}

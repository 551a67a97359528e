package plugin

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/sdk/abi"
)

// fuelShapes are the ways in which documents grow: as the golden one, its
// claims and its groups again and again; with groups that all differ, nearly as
// many as a result may have roles, and then claims; and with nothing but groups
// that differ, of which there are more than that from 32 KB on. A mapper that
// looks for each role among those it has takes its time there, the more so as
// their names differ at the end only.
var fuelShapes = []struct {
	name   string
	differ int   // groups, at most
	sizes  []int // KB
}{
	{"golden", 0, []int{1, 4, 16, 32, 64, 256}},
	{"many-roles", abi.MaxRoles - 10, []int{1, 4, 16, 32, 64, 256}},
	{"distinct-groups", 1 << 20, []int{1, 4, 16, 32, 64}},
}

// BenchmarkFuel is the fuel of one call by the size of its document, and how
// much of the default budget that is, in percent. It measures no time: one turn
// says all.
func BenchmarkFuel(b *testing.B) {
	for _, guest := range benchGuests(b) {
		if guest.name == "wat" {
			continue
		}
		p := openIn(b, "", guest.module, guest.config, func(c *Config) {
			c.Limits = Limits{Fuel: 1e12, Timeout: time.Minute, Output: 1 << 20}
		})
		for _, shape := range fuelShapes {
			b.Run(guest.name+"/"+shape.name, func(b *testing.B) {
				for range b.N {
					for _, size := range shape.sizes {
						benchFuel(b, p, shape.differ, size)
					}
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func benchFuel(b *testing.B, p *Plugin, differ, size int) {
	input := grownInput(b, string(p.config.Config), size<<10, differ)
	report, err := p.Run(context.Background(), Job{Input: input, LoginID: "x", Received: imageTime})
	if tooMany := differ > abi.MaxRoles && isAnswer(err); err != nil && !tooMany && FailureKind(err) != KindResult {
		b.Fatal(err)
	}
	budget := DefaultLimits.Fuel + DefaultLimits.FuelPerByte*int64(len(input))
	b.ReportMetric(float64(report.Fuel)/1000, fmt.Sprintf("k/%dKB", size))
	b.ReportMetric(100*float64(report.Fuel)/float64(budget), fmt.Sprintf("%%/%dKB", size))
}

// grownInput is a login of about size bytes: at most so many groups that
// differ, and then the golden login's claims until it is full, with its groups
// among them when none is to differ.
func grownInput(b testing.TB, config string, size, differ int) []byte {
	b.Helper()
	text, err := os.ReadFile("../../sdk/abi/testdata/golden/4kb/input.json")
	if err != nil {
		b.Fatal(err)
	}
	golden, _ := abi.Raw(text).Get("/sources/idTokenClaims")
	info, _ := abi.Raw(text).Get("/sources/userInfo")
	in := abi.Input{Config: abi.Raw(config), Login: abi.Login{IdP: "corp", Protocol: "oidc", Time: 1773500966}}
	in.User, _ = abi.Raw(text).Get("/user")
	in.Sources = []abi.Member{{Name: "idTokenClaims", Value: abi.Raw(`{"groups":[]}`)}}
	if size > 2<<10 {
		in.Sources = append(in.Sources, abi.Member{Name: "userInfo", Value: info})
	}
	room := size - len(abi.AppendInput(nil, in))
	var groups, claims []string
	fits := func(list *[]string, text string) bool {
		if room -= len(text) + 1; room >= 0 {
			*list = append(*list, text)
		}
		return room >= 0
	}
	for n := 0; n < differ && fits(&groups, fmt.Sprintf(`"app-engineering/platform-%04d"`, n)); n++ {
	}
	for turn := ""; room > 0; turn += "+" {
		golden.Members(func(name string, value abi.Raw) bool {
			if name != "groups" {
				return fits(&claims, strconv.Quote(name+turn)+":"+string(value))
			}
			return differ > 0 || value.Elements(func(_ int, group abi.Raw) bool { return fits(&groups, string(group)) })
		})
	}
	claims = append(claims, `"groups":[`+strings.Join(groups, ",")+"]")
	in.Sources[0].Value = abi.Raw("{" + strings.Join(claims, ",") + "}")
	input := abi.AppendInput(nil, in)
	if err := abi.Raw(input).Check(); err != nil || len(input) > size || len(input) < size-500 {
		b.Fatalf("an input of %d bytes, not %d: %v", len(input), size, err)
	}
	return input
}

// plugin.json: what becomes the module's metadata section.

package author

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/doorward/doorward/sdk/abi"
)

// buildMember tells build what to run for a language that it does not know:
//
//	"x-build": {"run": ["zig", "build"], "module": "zig-out/bin/staff.wasm"}
//
// It stays out of the module.
const buildMember = "x-build"

// customBuild is a project's own way to make its module.
type customBuild struct {
	run    []string
	module string
}

// readMetadata reads plugin.json as the host reads the section.
func (p *Project) readMetadata(text []byte) (err error) {
	if p.Metadata, err = abi.DecodeMetadata(text); err != nil {
		return err
	}
	if err = checkMetadata(p.Metadata); err != nil {
		return err
	}
	if value, ok := abi.Raw(text).Get("/" + buildMember); ok {
		if p.custom, err = readCustomBuild(value); err != nil {
			return err
		}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, withoutMember(text, buildMember)); err != nil {
		return err
	}
	p.section = compact.Bytes()
	return nil
}

// checkMetadata finds what a host would refuse whatever the module is.
func checkMetadata(m abi.Metadata) error {
	if m.ABI != 0 && m.ABI != abi.Version {
		return &abi.MetadataError{Member: "abi", Problem: fmt.Sprintf("want %d, the version of the boundary that this doorward knows", abi.Version)}
	}
	for _, name := range m.Sources {
		if !knownSource(name) {
			return &abi.MetadataError{Member: "sources", Problem: "there is no source " + abi.Quote(name) + ", only " + joined(Sources())}
		}
	}
	return nil
}

// metadataFault says where in the file it is wrong, and not in the section that
// is made of it.
func metadataFault(path string, text []byte, err error) error {
	var member *abi.MetadataError
	if errors.As(err, &member) {
		return fmt.Errorf("%s: %s", path, strings.TrimPrefix(member.Member+": "+member.Problem, ": "))
	}
	return fmt.Errorf("%s: %s", path, atLine(text, err))
}

func readCustomBuild(value abi.Raw) (*customBuild, error) {
	run, _ := value.Get("/run")
	module, _ := value.Get("/module")
	c := &customBuild{}
	var isList, isText bool
	c.run, isList = run.Texts()
	c.module, isText = module.Text()
	if !isList || !isText || len(c.run) == 0 || c.module == "" {
		return nil, &abi.MetadataError{Member: buildMember, Problem: `want {"run":["COMMAND","ARGUMENT"],"module":"FILE"}`}
	}
	return c, nil
}

// withoutMember is an object's text without one of its members.
func withoutMember(text []byte, name string) []byte {
	out := []byte{'{'}
	abi.Raw(text).Members(func(member string, value abi.Raw) bool {
		if member != name {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(abi.AppendString(out, member), ':')
			out = append(out, value...)
		}
		return true
	})
	return append(out, '}')
}

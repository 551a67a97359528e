// The grant rules: what each one says it grants, as far as its text shows.

package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	grantRule = "grant"        // data.doorward.levels.grant
	reserved  = "__doorward__" // data.doorward.levels.__doorward__
)

// rule is one "grant contains …" of a policy.
type rule struct {
	where    string // file:line, as decisions show it
	title    string // from its METADATA
	level    string // the path it names in its text; "" when it computes it
	never    string // why it gives nothing, whatever the login; "" when it may
	needs    needs
	single   query     // asks this rule alone
	source   *ast.Rule // as written
	compiled *ast.Rule
}

// findRules lists the grant rules of the policies by place, and the faults in
// their heads.
func findRules(modules map[string]*ast.Module, t tree) ([]*rule, Faults) {
	var found []*rule
	var faults Faults
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		module := modules[name]
		if !module.Package.Path.Equal(levelsPackage) {
			continue
		}
		kept := make([]*ast.Rule, 0, len(module.Rules))
		for _, source := range module.Rules {
			if source.Head.Ref()[0].Value.Compare(ast.Var(grantRule)) != 0 {
				kept = append(kept, source)
				continue
			}
			r, wrong := readRule(source, t)
			if wrong != nil && strings.HasPrefix(name, embeddedName) {
				continue // the default policy grants what is declared
			}
			faults, kept = append(faults, wrong...), append(kept, source)
			if r != nil {
				found = append(found, r)
			}
		}
		module.Rules = kept
	}
	return found, faults
}

func readRule(source *ast.Rule, t tree) (*rule, Faults) {
	head := source.Head
	if len(head.Ref()) != 1 || head.Key == nil || head.Args != nil || source.Default {
		return nil, Faults{faultAt(source.Loc(), `grant is a set of levels: write grant contains "PATH" if …`)}
	}
	loc := source.Loc()
	r := &rule{source: source, title: title(source), never: cmp.Or(neverHolds(source.Body), neverGives(head.Key)), where: fmt.Sprintf("%s:%d", loc.File, loc.Row)}
	level, wrong := literal(head.Key)
	if wrong != "" {
		return r, Faults{faultAt(head.Key.Location, "%s", wrong)}
	}
	if level == nil {
		return r, nil
	}
	r.level = string(level.Value.(ast.String))
	if wrong := t.refuse(r.level); wrong != "" {
		return r, Faults{faultAt(level.Location, "%s", wrong)}
	}
	return r, nil
}

// literal finds the path in a member of grant when it stands in the text; nil
// when it is computed.
func literal(key *ast.Term) (level *ast.Term, wrong string) {
	switch v := key.Value.(type) {
	case ast.String:
		return key, ""
	case ast.Object:
		return literalMember(v)
	case ast.Var, ast.Ref, ast.Call, *ast.ObjectComprehension, *ast.TemplateString:
		return nil, ""
	}
	return nil, `a member of grant is a path, or {"level": PATH, "until": SECONDS}`
}

func literalMember(object ast.Object) (level *ast.Term, wrong string) {
	var names []string
	object.Foreach(func(name, value *ast.Term) {
		s, ok := name.Value.(ast.String)
		switch {
		case !ok:
		case s == "level":
			level = value
		case s != "until":
			names = append(names, string(s))
		}
	})
	if len(names) > 0 {
		slices.Sort(names)
		return nil, fmt.Sprintf(`a member of grant has "level" and "until", not %q`, names[0])
	}
	if level == nil {
		return nil, `a member of grant needs "level"`
	}
	switch level.Value.(type) {
	case ast.String:
		return level, ""
	case ast.Var, ast.Ref, ast.Call, *ast.TemplateString:
		return nil, ""
	}
	return nil, `"level" is a path, in quotes`
}

func title(source *ast.Rule) string {
	for _, a := range source.Annotations {
		if a.Title != "" {
			return a.Title
		}
	}
	return ""
}

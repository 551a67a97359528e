// Levels without a configuration: those that rules and grants name.

package policy

import "github.com/open-policy-agent/opa/v1/ast"

// declareGranted is cfg.Levels with every level that a rule or a grant names,
// and what lies above it as groups. Paths that no configuration could declare
// are left out: New says what is wrong with them.
func declareGranted(cfg Config, modules map[string]*ast.Module) map[string]Level {
	levels := map[string]Level{}
	for path, level := range cfg.Levels {
		levels[path] = level
	}
	named := namedByRules(modules)
	for _, grant := range cfg.Grants {
		named = append(named, grant.Levels...)
	}
	for _, path := range named {
		if _, ok := levels[path]; !ok && !builtin(path) && wellFormed(path) {
			levels[path] = Level{}
		}
	}
	for _, path := range named {
		for above := parentOf(path); above != "" && !builtin(above) && wellFormed(path) && !builtin(path); above = parentOf(above) {
			if _, ok := levels[above]; !ok {
				levels[above] = Level{Group: true}
			}
		}
	}
	return levels
}

// namedByRules lists the paths that stand in the heads of grant rules.
func namedByRules(modules map[string]*ast.Module) (paths []string) {
	for _, module := range modules {
		if !module.Package.Path.Equal(levelsPackage) {
			continue
		}
		for _, rule := range module.Rules {
			if rule.Head.Ref()[0].Value.Compare(ast.Var(grantRule)) != 0 || rule.Head.Key == nil {
				continue
			}
			if level, wrong := literal(rule.Head.Key); level != nil && wrong == "" {
				paths = append(paths, string(level.Value.(ast.String)))
			}
		}
	}
	return paths
}

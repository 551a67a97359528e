// The engine: compiled policies, ready to decide.

package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// Engine decides by one set of policies, levels and grants. It is immutable
// and safe for concurrent use.
type Engine struct {
	cfg      Config
	tree     tree
	grants   map[login.Person][]string
	rules    []*rule
	numbers  map[*ast.Rule]int // of the compiled rules in rules
	compiler *ast.Compiler
	all      query
	store    storage.Store
	needs    needs // of all rules together
	replaced replaced
	openTime bool // a rule that an anonymous request may profit from reads the clock
	reach    reach
	warnings []Warning
	revision string
}

// New compiles cfg. Its error is Faults: every fault of the files, the levels
// and the grants at once, each with its place.
//
// It checks the policies against the schema of the input, refuses grants of
// levels that are not declared or are built in, and refuses builtins with an
// effect. It takes milliseconds for each hundred rules.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	cfg.fillIn()
	e := &Engine{cfg: cfg, store: inmem.New(), grants: map[login.Person][]string{}}
	modules, faults := parseAll(cfg)
	faults = append(faults, checkShadows(modules)...)
	levels := cfg.Levels
	if cfg.DeclareGranted {
		levels = declareGranted(cfg, modules)
	}
	tree, wrong := newTree(levels)
	e.tree, faults = tree, append(faults, wrong...)
	e.tree.open = cfg.DeclareGranted
	faults = append(faults, e.takeGrants()...)
	rules, wrong := findRules(modules, e.tree)
	faults = append(faults, wrong...)
	if len(rules) > cfg.MaxRules {
		faults = append(faults, Fault{Message: fmt.Sprintf("policies: %d grant rules, more than %d", len(rules), cfg.MaxRules)})
		return nil, faults.sorted()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	compiler, wrong := compile(modules, rules, len(faults) == 0)
	if faults = append(faults, wrong...); len(faults) > 0 {
		return nil, faults.sorted()
	}
	e.compiler, e.rules = compiler, rules
	e.reach = newReach(rules, e.grants)
	e.warnings = slices.Concat(warnings(e.tree, e.rules, e.reach, modules), unheld(e, modules),
		undefined(compiler), cfg.names().strangers(compiler))
	e.revision = revision(cfg, modules)
	if err := e.prepare(); err != nil {
		return nil, err
	}
	return e, nil
}

// prepare compiles the question and finds what each rule needs.
func (e *Engine) prepare() (err error) {
	e.find()
	e.replaced = findReplaced(e.compiler)
	for _, r := range e.rules {
		if r.compiled == nil {
			return fmt.Errorf("policies: rule %s was lost in compilation", r.where)
		}
		r.needs = analyse(e.compiler, r.compiled, e.replaced)
		e.needs.add(r.needs)
		if r.needs.clock && (r.level == "" || !needsPerson(r.level)) {
			e.openTime = true
		}
	}
	e.all, err = newQuery(e.compiler, ast.NewTerm(joined))
	return err
}

func (e *Engine) takeGrants() (faults Faults) {
	for i, g := range e.cfg.Grants {
		if g.Person.IdP == "" || g.Person.Issuer == "" || g.Person.Subject == "" {
			faults = append(faults, Fault{Message: fmt.Sprintf("grants[%d]: a person is idp, iss and sub; write all three", i)})
		}
		for _, path := range g.Levels {
			if wrong := e.tree.refuse(path); wrong != "" {
				faults = append(faults, Fault{Message: fmt.Sprintf("grants[%d]: %s", i, wrong)})
			}
		}
		e.grants[g.Person] = append(e.grants[g.Person], g.Levels...)
	}
	return faults
}

// Warnings says what is odd about the policies, and what New could not check.
func (e *Engine) Warnings() []Warning { return slices.Clone(e.warnings) }

// Revision is a digest of the modules, the levels, the grants and the library:
// two engines with the same one decide alike.
func (e *Engine) Revision() string { return e.revision }

// ReadsTokens reports whether a rule may read a token: only digests are told
// unless the policies are granted more.
func (e *Engine) ReadsTokens() bool {
	return e.cfg.TokensInInput && e.needs.reads(attrs.TokenEndpointResponse)
}

// Level returns the declaration of path.
func (e *Engine) Level(path string) (Level, bool) {
	level, ok := e.tree.declared[path]
	return level, ok
}

// Levels returns the declared tree, a copy.
func (e *Engine) Levels() map[string]Level { return maps.Clone(e.tree.declared) }

// Known reports whether path is declared or built in, a role's or a zone's
// level included.
func (e *Engine) Known(path string) bool { return e.tree.known(path) }

func revision(cfg Config, modules map[string]*ast.Module) string {
	hash := sha256.New()
	encoder := json.NewEncoder(hash) // each value framed, maps in key order
	library := map[string]string{}
	for name := range modules {
		if text, ok := cfg.Modules[name]; ok {
			library[name] = text
		}
	}
	maps.Copy(library, embedded(""))
	_ = encoder.Encode(library)
	_ = encoder.Encode(cfg.Levels)
	_ = encoder.Encode(cfg.Grants)
	_ = encoder.Encode([]any{cfg.DefaultPolicy, cfg.TokensInInput, cfg.MaxInput, cfg.MaxGrants})
	if cfg.DeclareGranted {
		_ = encoder.Encode("declare granted")
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

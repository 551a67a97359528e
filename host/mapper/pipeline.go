// The pipeline: the mappers of one provider, in order.

package mapper

import (
	"context"
	"errors"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// Config is what New makes a Pipeline of.
type Config struct {
	Rules         []Rule // in the order of the configuration
	Protocol      string // oidc, saml, id-token or builtin; decides which sources there are
	UserInfoInUse bool   // the provider calls a userinfo endpoint
}

// Pipeline maps the documents of one provider. It is immutable and safe for
// concurrent use.
type Pipeline struct {
	mappers  []mapper // the defaults, then the configured ones
	defaults int
}

// mapper is a compiled rule.
type mapper interface {
	// apply changes the user of r, or fails with an error that is or wraps a
	// *login.Fault.
	apply(ctx context.Context, r *run) error
	// feeds adds the attributes that the mapper may set from the source.
	feeds(from *tainted)
}

// New checks and compiles every rule. It reports all faults at once: the error
// joins one *RuleError for each.
//
// Standard attributes that no direct mapper and no expression names get a
// default from the standard claims, before the first rule: id from sub,
// userName from preferred_username, firstName from given_name, lastName from
// family_name, email from email. They are read from idTokenClaims and, but for
// sub, from userInfo when the ID token does not have them and the endpoint is
// in use. A SAML login has one default: id from nameId.
func New(config Config) (*Pipeline, error) {
	c := &compiler{protocol: config.Protocol, userInfoInUse: config.UserInfoInUse}
	var compiled []mapper
	var faults []error
	for i, rule := range config.Rules {
		m, errs := rule.compile(c)
		for _, err := range errs {
			err.Index = i
			faults = append(faults, err)
		}
		compiled = append(compiled, m)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	standard := defaults(c, config.Rules)
	return &Pipeline{mappers: append(standard, compiled...), defaults: len(standard)}, nil
}

// Map makes the user of a document, and implements the walk's Mappers. It
// opens the step "map" of the trace that ctx carries, which shows what each
// mapper set, with the document's secrets masked.
//
// Every error is or wraps a *login.Fault: mapping_failed for a wrong type, an
// ambiguous path, a bound or an expression that fails; plugin_failed, or the
// plugin's own code, for a plugin; login_denied, which also wraps a
// *DeniedError, for a plugin's deny. No error holds a claim's value. The user
// shares values with the document and must not be changed in depth.
func (p *Pipeline) Map(ctx context.Context, doc login.Document) (login.User, error) {
	step := login.Begin(ctx, "map")
	r := &run{doc: doc, step: step, position: -p.defaults}
	if step.Recording() {
		r.secrets = doc.Sources.Secrets()
		step.In("sources", doc.Sources.Names())
	}
	err := r.all(ctx, p.mappers)
	if err == nil {
		err = r.plainRoles()
	}
	r.close()
	if err != nil {
		return login.User{}, step.End(err)
	}
	return r.user, step.End(nil)
}

// run is one mapping.
type run struct {
	doc      login.Document
	user     login.User
	step     *login.Step
	secrets  attrs.Secrets
	position int // of the mapper that is asked, in the configuration; from 1, and lower for a default
	entries  []map[string]any
}

// plainRoles refuses a token string among the roles: a role becomes the name of
// a level, which is shown and logged.
func (r *run) plainRoles() error {
	if len(r.user.Roles) == 0 {
		return nil
	}
	tokens := r.doc.Sources.Secrets().Tokens()
	for i, role := range r.user.Roles {
		if tokens.Contains(role) {
			return login.NewFault(login.CodeMappingFailed, "roles[%d] holds a token of %s; map something else to roles", i, attrs.TokenEndpointResponse)
		}
	}
	return nil
}

func (r *run) all(ctx context.Context, mappers []mapper) error {
	for _, m := range mappers {
		r.position++
		if err := ctx.Err(); err != nil {
			return login.NewFault(login.CodeMappingFailed, "the mapping was interrupted: %w", err)
		}
		if err := m.apply(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

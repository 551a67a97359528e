// Direct mappers: the value at a path.

package mapper

import (
	"context"
	"fmt"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

type directMapper struct {
	target target
	ref    attrs.Reference
	path   string
}

func (d Direct) compile(c *compiler) (mapper, []*RuleError) {
	var faults []*RuleError
	to, err := parseTarget(d.Attribute)
	if err != nil {
		faults = append(faults, fault("attribute", err))
	}
	source := d.Source
	if source == "" {
		source = attrs.IDTokenClaims
	}
	if err := c.checkSource(source); err != nil {
		faults = append(faults, fault("source", err))
	}
	path, err := attrs.ParsePath(d.Path)
	if err != nil {
		faults = append(faults, faultIn("path", d.Path, 0, err))
	}
	return directMapper{target: to, ref: attrs.Reference{Source: source, Path: path}, path: path.String()}, faults
}

func (d directMapper) apply(_ context.Context, r *run) error {
	value, _, err := r.doc.Sources.Lookup(d.ref)
	if err != nil {
		return login.NewFault(login.CodeMappingFailed, "attribute %s: %w", d.target.name, err)
	}
	if value == nil {
		r.nothing(d.origin(), d.target.name, d.where()+": there is nothing, so it maps nothing")
		return nil
	}
	if err := d.target.set(&r.user, value); err != nil {
		return login.NewFault(login.CodeMappingFailed, "%s: %w", d.where(), d.advise(value, err))
	}
	r.set(d.origin(), d.target.name, value)
	return nil
}

func (d directMapper) origin() origin {
	return origin{mapper: "direct", source: d.ref.Source, path: d.path}
}

func (d directMapper) where() string {
	return fmt.Sprintf("attribute %s: source %s, path %s", d.target.name, d.ref.Source, d.path)
}

// advise adds how to reach the string in a list of one, which is what SAML
// attributes are.
func (d directMapper) advise(value any, err error) error {
	list, ok := value.([]any)
	if !ok || d.target.field == nil || len(list) == 0 {
		return err
	}
	if _, ok := list[0].(string); !ok {
		return err
	}
	return fmt.Errorf("%w; write [0] behind the path for its first item", err)
}

func (d directMapper) feeds(from *tainted) {
	if d.ref.Source == from.source {
		from.add(d.target.name)
	}
}

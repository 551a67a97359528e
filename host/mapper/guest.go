// Plugin mappers: asking a plugin, and applying its answer as a whole.

package mapper

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// maxReason bounds the reason of a deny, in bytes.
const maxReason = 1024

// DeniedError says that a plugin refused the login, and why. Reason is the
// plugin's own text, for trace and audit only, with the document's secrets
// masked; Error does not hold it.
type DeniedError struct {
	Plugin string
	Reason string // at most 1 KiB, without control characters
}

func (e *DeniedError) Error() string { return fmt.Sprintf("plugin %s denied the login", e.Plugin) }

// AuditReason implements login.AuditReasoner.
func (e *DeniedError) AuditReason() string { return e.Plugin + ": " + e.Reason }

type guestMapper struct{ rule PluginRule }

func (p PluginRule) compile(*compiler) (mapper, []*RuleError) {
	var faults []*RuleError
	if p.Plugin == nil {
		faults = append(faults, fault("plugin", fmt.Errorf("%w: %.64q; declare it under plugins", ErrPluginMissing, p.Name)))
	}
	if p.SkipOnError && p.MayDeny {
		faults = append(faults, fault("on_error", fmt.Errorf("%w; leave on_error out", ErrSkipDeny)))
	}
	return guestMapper{rule: p}, faults
}

func (g guestMapper) apply(ctx context.Context, r *run) error {
	result, err := g.rule.Plugin.Map(ctx, login.PluginCall{Document: r.doc, User: r.user.Clone()})
	if err == nil && result.Deny != nil {
		return g.deny(r, result.Deny)
	}
	var user login.User
	if err == nil {
		user, err = applyResult(r.user, result)
	}
	if err != nil {
		return g.failed(ctx, r, err)
	}
	r.user = user
	r.entry(func() map[string]any {
		return map[string]any{"mapper": "plugin", "plugin": g.rule.Name, "set": r.secrets.Mask(result.Set), "unset": result.Unset}
	})
	return nil
}

func (g guestMapper) deny(r *run, deny *login.Deny) error {
	secrets := r.doc.Sources.Secrets()
	reason := secrets.MaskString(printable(deny.Reason))
	denied := &DeniedError{Plugin: g.rule.Name, Reason: reason}
	r.entry(func() map[string]any {
		return map[string]any{"mapper": "plugin", "plugin": g.rule.Name, "denied": true, "reason": reason}
	})
	return login.NewFault(login.CodeLoginDenied, "%w", denied)
}

// failed ends the login, or skips the plugin when its rule says so. A login
// that was given up is not the plugin's failure.
func (g guestMapper) failed(ctx context.Context, r *run, err error) error {
	var named *login.Fault
	if !errors.As(err, &named) {
		err = login.NewFault(login.CodePluginFailed, "plugin %s: %w", g.rule.Name, err)
	}
	if !g.rule.SkipOnError || ctx.Err() != nil {
		return err
	}
	r.step.Note(fmt.Sprintf("plugin %s failed and was skipped (on_error: skip); it changed nothing", g.rule.Name))
	skipped := login.Begin(ctx, "skip "+g.rule.Name)
	_ = skipped.End(login.NewFault(login.CodePluginSkipped, "%w", err)) // the login goes on
	r.entry(func() map[string]any {
		return map[string]any{
			"mapper": "plugin", "plugin": g.rule.Name,
			"skipped": true, "code": login.CodePluginSkipped, "error": err.Error(),
		}
	})
	return nil
}

// feeds follows the grant: a plugin may copy what it sees anywhere.
func (g guestMapper) feeds(from *tainted) {
	if g.sees(from.source) || len(from.names) > 0 {
		from.add("*")
	}
}

func (g guestMapper) sees(source string) bool {
	granted := g.rule.Sources
	if granted == nil {
		granted = []string{attrs.IDTokenClaims, attrs.UserInfo}
	}
	return slices.Contains(granted, source)
}

// applyResult is user after the plugin's answer. The user is never half
// changed: an error leaves nothing behind.
func applyResult(user login.User, result login.PluginResult) (login.User, error) {
	user = user.Clone()
	for _, name := range result.Unset {
		to, err := parseTarget(name)
		if err != nil {
			return login.User{}, fmt.Errorf("unset: %w", err)
		}
		to.unset(&user)
	}
	for _, name := range slices.Sorted(maps.Keys(result.Set)) {
		if err := setResult(&user, name, result.Set[name]); err != nil {
			return login.User{}, err
		}
	}
	return user, nil
}

func setResult(user *login.User, name string, value any) error {
	if name == "attributes" {
		return mergeAttributes(user, value)
	}
	to, err := parseTarget(name)
	if err != nil || to.inner != "" {
		return fmt.Errorf("set: %w %.64q; set id, userName, firstName, lastName, email, roles or attributes", ErrAttribute, name)
	}
	if err := to.set(user, value); err != nil {
		return fmt.Errorf("set.%s: %w", name, err)
	}
	return nil
}

func mergeAttributes(user *login.User, value any) error {
	members, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("set.attributes: want an object, found %s", kind(value))
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		err := checkAttributeName(name)
		if err == nil && members[name] == nil {
			err = errors.New("an attribute is null; name it in unset instead")
		}
		if err == nil {
			err = setAttribute(user, name, members[name])
		}
		if err != nil {
			return fmt.Errorf("set.attributes: %w", err)
		}
	}
	return nil
}

// printable is text without control characters, cut at maxReason bytes.
func printable(text string) string {
	text = strings.ToValidUTF8(text, "�")
	text = strings.Map(func(r rune) rune {
		if hasControl(string(r)) {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "")
	}
	return text
}

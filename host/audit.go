// The audit log: events as they are told, by whom they are about, to the host's
// log and to a place of their own.

package host

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/web"
)

// audit logs an event, writes its line, and hands it on.
func (h *Host) audit(ctx context.Context, e login.Event) {
	e.Time = h.options.Now().UTC()
	e = h.tell(e)
	h.auditLog.write(e)
	h.options.Log.InfoContext(ctx, "audit", "audit", true, "event", e)
	if h.options.Audit != nil {
		h.options.Audit(e)
	}
}

// tell takes the subject off an event: what may be said of it stays.
func (h *Host) tell(e login.Event) login.Event {
	subject := e.Subject
	if e.Subject = nil; subject == nil || subject.Document == nil {
		return e
	}
	e.Person = h.sessions.PersonTag(subject.Document.Person)
	if subject.User != nil && len(h.options.Config.Audit.Claims) > 0 {
		e.Claims = allowed(subject.User.Masked(subject.Document.Sources.Secrets()), h.options.Config.Audit.Claims)
	}
	return e
}

const maxClaim = 256 // bytes of one value

// allowed are the user's attributes of those names, masked and bounded. One that
// is absent is left out.
func allowed(u login.User, names []string) map[string]any {
	values := map[string]any{}
	for _, name := range names {
		var value any
		switch name {
		case "id":
			value = u.ID
		case "userName":
			value = u.UserName
		case "firstName":
			value = u.FirstName
		case "lastName":
			value = u.LastName
		case "email":
			value = u.Email
		case "roles":
			value = u.Roles
		default:
			value = u.Attributes[strings.TrimPrefix(name, "attributes.")]
		}
		if shown := bounded(value); shown != nil {
			values[name] = shown
		}
	}
	return values
}

// bounded is a value of at most maxClaim bytes, or what stands in its place;
// nil when there is none.
func bounded(value any) any {
	switch v := value.(type) {
	case nil:
		return nil
	case []string:
		if v == nil {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
		if len(v) > maxClaim {
			return strings.ToValidUTF8(v[:maxClaim], "") + "…"
		}
	}
	if text, err := json.Marshal(value); err != nil || len(text) > maxClaim+2 {
		return "(too large)"
	}
	return value
}

// openAudit opens what audit.path names.
func (o *Options) openAudit() (*auditLog, error) {
	a, err := openAuditLog(o.Config.Audit.Path, o.Now, o.Log)
	if err != nil {
		return nil, config.Faults{o.Config.FaultAt("audit.path", 0, "%v", err)}
	}
	if a.path == "-" {
		a.out = os.Stdout
		if o.Stdout != nil {
			a.out = o.Stdout
		}
	}
	return a, nil
}

// ReopenAudit opens the audit log's file anew, for after it was moved away. When
// that fails the lines go on to where they went, and /readyz says so.
func (h *Host) ReopenAudit() error { return h.auditLog.Reopen() }

// auditPart is how the audit log is, for /readyz; false when it has no place of
// its own.
func (h *Host) auditPart() (web.Part, bool) {
	detail := h.auditLog.Degraded()
	return web.Part{Ready: detail == "", Detail: detail}, h.auditLog.path != ""
}

// parts are those of /readyz beside store and providers.
func (h *Host) parts() map[string]web.Part {
	parts := h.rules.parts()
	if part, has := h.auditPart(); has {
		parts["audit"] = part
	}
	return parts
}

// AuditTo is for commands that change something while no host runs: it returns
// what writes their events as the host would, and what closes it.
func AuditTo(cfg *config.Config, log *slog.Logger) (audit func(context.Context, login.Event), closed func() error, err error) {
	o := Options{Config: cfg, Log: log}.withDefaults()
	a, err := o.openAudit()
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, e login.Event) {
		e.Time, e.Subject = time.Now().UTC(), nil
		a.write(e)
		o.Log.InfoContext(ctx, "audit", "audit", true, "event", e)
	}, a.Close, nil
}

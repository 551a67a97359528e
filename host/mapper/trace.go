// What a mapping writes into the trace, masked.

package mapper

// entry adds what one mapper did; make is called only when somebody reads. A
// mapper of the configuration has its position there, beginning with 1; a
// default has none.
func (r *run) entry(make func() map[string]any) {
	if !r.step.Recording() {
		return
	}
	entry := make()
	if r.position > 0 {
		entry["position"] = r.position
	}
	r.entries = append(r.entries, entry)
}

// origin says which mapper set an attribute, and from where.
type origin struct{ mapper, source, path, expression string }

func (by origin) entry(attribute string) map[string]any {
	entry := map[string]any{"mapper": by.mapper, "attribute": attribute}
	if by.source != "" {
		entry["source"], entry["path"] = by.source, by.path
	}
	if by.expression != "" {
		entry["expression"] = by.expression
	}
	return entry
}

// set adds that a mapper gave an attribute a value.
func (r *run) set(by origin, attribute string, value any) {
	r.entry(func() map[string]any {
		entry := by.entry(attribute)
		entry["set"] = r.secrets.Mask(value)
		return entry
	})
}

// nothing adds that a mapper found nothing to map, and why.
func (r *run) nothing(by origin, attribute, why string) {
	r.step.Note(why)
	r.entry(func() map[string]any {
		entry := by.entry(attribute)
		entry["nothing"] = true
		return entry
	})
}

func (r *run) close() {
	if !r.step.Recording() {
		return
	}
	r.step.Out("mappers", r.entries)
	r.step.Out("user", r.user.Masked(r.secrets))
}

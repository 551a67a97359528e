// What a mapping writes into the trace, masked.

package mapper

// entry adds what one mapper did; make is called only when somebody reads.
func (r *run) entry(make func() map[string]any) {
	if r.step.Recording() {
		r.entries = append(r.entries, make())
	}
}

// origin says which mapper set an attribute, and from where.
type origin struct{ mapper, source, path string }

// set adds that a mapper gave an attribute a value.
func (r *run) set(by origin, attribute string, value any) {
	if !r.step.Recording() {
		return
	}
	entry := map[string]any{"mapper": by.mapper, "attribute": attribute, "set": r.secrets.Mask(value)}
	if by.source != "" {
		entry["source"], entry["path"] = by.source, by.path
	}
	r.entries = append(r.entries, entry)
}

func (r *run) close() {
	if !r.step.Recording() {
		return
	}
	r.step.Out("mappers", r.entries)
	r.step.Out("user", r.user.Masked(r.secrets))
}

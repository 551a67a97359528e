// Walking the strings of a JSON value.

package attrs

// rewrite returns a deep copy of v with every string and member name changed.
func rewrite(v any, change func(string) string) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = rewrite(item, change)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[change(name)] = rewrite(member, change)
		}
		return out
	case []string:
		out := make([]string, len(v))
		for i, item := range v {
			out[i] = change(item)
		}
		return out
	case map[string]string:
		out := make(map[string]string, len(v))
		for name, member := range v {
			out[change(name)] = change(member)
		}
		return out
	}
	return v
}

// rewriteValues is rewrite, with the names of members kept.
func rewriteValues(v any, change func(string) string) any {
	object, ok := v.(map[string]any)
	if !ok {
		list, ok := v.([]any)
		if !ok {
			return rewrite(v, change)
		}
		out := make([]any, len(list))
		for i, item := range list {
			out[i] = rewriteValues(item, change)
		}
		return out
	}
	out := make(map[string]any, len(object))
	for name, member := range object {
		out[name] = rewriteValues(member, change)
	}
	return out
}

// holds reports whether some string or member name of v contains a secret.
func holds(v any, secrets Secrets) bool {
	switch v := v.(type) {
	case string:
		return secrets.Contains(v)
	case []any:
		for _, item := range v {
			if holds(item, secrets) {
				return true
			}
		}
	case map[string]any:
		for name, member := range v {
			if secrets.Contains(name) || holds(member, secrets) {
				return true
			}
		}
	}
	return false
}

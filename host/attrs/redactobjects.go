// The redacted document as values alone, for readers that have no use for its
// texts.

package attrs

import "slices"

// RedactedObjects is what Redacted holds, as Object gives it, without the cost
// of writing it as text. secrets are d.Secrets(): a caller who masks more than
// the document finds them once. The objects are shared: callers must not
// change them. The sources called without are left out.
func (d Document) RedactedObjects(secrets Secrets, without ...string) map[string]map[string]any {
	tokens := secrets.Tokens()
	objects := make(map[string]map[string]any, len(d.sources))
	for name, s := range d.sources {
		switch {
		case slices.Contains(without, name):
		case name == TokenEndpointResponse:
			objects[name] = redactResponse(s.value, tokens)
		case holds(s.value, tokens):
			objects[name] = tokens.Mask(s.value).(map[string]any)
		default:
			objects[name] = s.value
		}
	}
	return objects
}

func redactResponse(response map[string]any, tokens Secrets) map[string]any {
	masked := make(map[string]any, len(response))
	for name, value := range response {
		if !isPublicMember(name, value) {
			value = rewriteValues(value, digest)
		}
		masked[tokens.MaskString(name)] = value
	}
	return masked
}

// The JSON schema of the file, from the table.

package keys

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/doorward/doorward/host/config/internal/yamltree"
)

type object = map[string]any

// Schema is t as a JSON Schema (draft 2020-12) called title, with the address
// id, indented by two spaces.
func (t Table) Schema(id, title string) []byte {
	root := t.section(&Key{Kind: Section, Doc: title})
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = id
	root["title"] = title
	delete(root, "description")
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic("keys: " + err.Error()) // the table holds only what JSON can say
	}
	return append(text, '\n')
}

func (t Table) section(row *Key) object {
	properties, required := object{}, []string{}
	for _, k := range t.Under(row.Path) {
		properties[k.Name()] = t.schema(k)
		if k.Required {
			required = append(required, k.Name())
		}
	}
	out := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	if row.One {
		out["minProperties"], out["maxProperties"] = 1, 1
	}
	if row.Path == "providers.*" {
		t.byType(out)
	}
	return out
}

// byType says which keys each type of provider takes, and which it needs.
func (t Table) byType(out object) {
	var all []object
	for _, kind := range t.Find("providers.*.type").Values {
		then := object{}
		for _, k := range t.Under("providers.*") {
			if !k.Takes(kind) {
				then[k.Name()] = false
			}
		}
		is := object{"properties": object{"type": object{"const": kind}}}
		if kind != OIDC { // the default
			is["required"] = []string{"type"}
		}
		rule := object{"if": is, "then": object{"properties": then}}
		if needs := needed[kind]; needs != nil {
			rule["then"].(object)["required"] = needs
		}
		all = append(all, rule)
	}
	out["allOf"] = all
}

// needed are the keys that a type of provider cannot do without.
var needed = map[string][]string{OIDC: {"issuer", "client_id"}, SAML: {"saml"}, IDToken: {"id_token"}}

var link = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)

func (t Table) schema(row *Key) object {
	out := t.shape(row)
	out["description"] = strings.ReplaceAll(link.ReplaceAllString(row.Doc, "$1"), "`", "")
	if row.Default != "" {
		out["default"] = value(row.Default)
	}
	if row.Example != "" && row.Kind != Section && row.Kind != Names {
		out["examples"] = []any{value(row.Example)}
	}
	return out
}

func (t Table) shape(row *Key) object {
	switch row.Kind {
	case Section:
		return t.section(row)
	case Names:
		return bounded(object{
			"type":                 "object",
			"propertyNames":        object{"pattern": row.Pattern},
			"additionalProperties": t.schema(t.Find(row.Path + ".*")),
		}, row, "minProperties", "maxProperties")
	case List:
		return bounded(object{"type": "array", "items": t.item(row)}, row, "minItems", "maxItems")
	}
	return single(row, row.Kind)
}

func (t Table) item(row *Key) object {
	if row.Item == Section {
		return t.schema(t.Find(row.Path + "[]"))
	}
	return single(row, row.Item)
}

func bounded(out object, row *Key, least, most string) object {
	if row.Min > 0 {
		out[least] = row.Min
	}
	if row.Max > 0 {
		out[most] = row.Max
	}
	if row.Kind == List && row.Item != Section {
		out["uniqueItems"] = true
	}
	return out
}

func single(row *Key, kind Kind) object {
	switch kind {
	case Any:
		return object{}
	case Flag:
		return object{"type": "boolean"}
	case Count:
		return object{"type": "integer", "minimum": row.Min, "maximum": row.Max}
	case Choice:
		return object{"type": "string", "enum": row.Values}
	case URL:
		pattern := `^https?://[^\s@#]+$`
		if len(row.Values) > 0 {
			pattern = `^(` + strings.Join(row.Values, "|") + `|https?://[^\s@#]+)$`
		}
		return object{"type": "string", "pattern": pattern}
	}
	patterns := map[Kind]string{
		Duration: DurationPattern, Size: SizePattern, Env: EnvPattern, Level: LevelPattern, Match: row.Pattern,
		Redirect: `^(https?://[^\s@#]+|[A-Za-z][A-Za-z0-9+-]*\.[A-Za-z0-9.+-]*:[^\s#]*)$`,
		Origin:   `^https?://[^\s/?#@]+$`, Route: `^/[^%?#;*\\\s]*$`, Address: `^[^\s/@]*:[0-9]{1,5}$`, Network: `^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$`,
	}
	if pattern := patterns[kind]; pattern != "" {
		return object{"type": "string", "pattern": pattern}
	}
	out := object{"type": "string", "minLength": 1}
	if kind == Text && row.Kind == Text && row.Max > 0 {
		out["maxLength"] = row.Max
	}
	return out
}

// value is text, which is YAML of the table, as JSON's types.
func value(text string) any {
	root, faults := yamltree.Parse([]byte("value: " + text + "\n"))
	if len(faults) > 0 {
		panic("keys: not YAML: " + text)
	}
	return plain(root.Get("value"))
}

func plain(n *yamltree.Node) any {
	switch n.Kind {
	case yamltree.Bool:
		return n.Text == "true"
	case yamltree.Int, yamltree.Float:
		return json.Number(n.Text)
	case yamltree.Sequence:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = plain(item)
		}
		return out
	case yamltree.Mapping:
		out := object{}
		for _, p := range n.Pairs {
			out[p.Key.Text] = plain(p.Value)
		}
		return out
	}
	return n.Text
}

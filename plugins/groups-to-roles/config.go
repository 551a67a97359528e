// The plugin's config. The host has checked it against the schema in
// plugin.json, so what is read here has the right type.

package main

import doorward "github.com/doorward/doorward/sdk/go"

// config says which groups become which roles.
type config struct {
	paths         []string          // RFC 6901 pointers inside sources
	prefix        string            // groups must begin with it
	suffix        string            // groups must end with it
	strip         bool              // prefix and suffix are cut off
	rename        map[string]string // by a group's whole name; "" leaves it out
	keepUnmatched bool              // groups without prefix and suffix stay as they are
	replace       bool              // roles of earlier mappers go
}

func readConfig(in *doorward.Input) config {
	c := config{strip: true}
	value, _ := in.Config("")
	value.Members(func(name string, v doorward.Value) bool {
		switch name {
		case "paths":
			c.paths, _ = v.Texts()
		case "prefix":
			c.prefix, _ = v.Text()
		case "suffix":
			c.suffix, _ = v.Text()
		case "strip":
			c.strip, _ = v.Bool()
		case "rename":
			c.rename = readNames(v)
		case "keep_unmatched":
			c.keepUnmatched, _ = v.Bool()
		case "replace":
			c.replace, _ = v.Bool()
		}
		return true
	})
	if c.paths == nil {
		c.paths = []string{"/idTokenClaims/groups", "/userInfo/groups"}
	}
	return c
}

func readNames(value doorward.Value) map[string]string {
	names := map[string]string{}
	value.Members(func(name string, v doorward.Value) bool {
		names[name], _ = v.Text()
		return true
	})
	return names
}

package host

import "github.com/doorward/doorward/plugins"

// BundledPlugin is the module of the bundled plugin called name, and whether
// there is one.
func BundledPlugin(name string) ([]byte, bool) { return plugins.Bundled(name) }

// BundledPlugins names the bundled plugins, sorted.
func BundledPlugins() []string { return plugins.Names() }

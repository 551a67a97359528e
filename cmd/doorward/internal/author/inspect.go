// Inspecting a module: what it is, needs and contains, as far as it can be
// read.

package author

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// Inspected is what is known of a module. It is written as JSON by --json.
type Inspected struct {
	Path     string    `json:"path"`
	Size     int       `json:"size"` // bytes
	SHA256   string    `json:"sha256"`
	Kind     string    `json:"kind,omitempty"` // reactor or command
	ABI      int64     `json:"abi,omitempty"`  // as the metadata says, else as the kind tells
	Metadata *Metadata `json:"metadata,omitempty"`
	Runs     *Runs     `json:"runs,omitempty"` // when a host would load it
	Imports  []Item    `json:"imports"`
	Exports  []Item    `json:"exports"`
	Memories []string  `json:"memories"` // in pages of 64 KiB
	Code     Code      `json:"functions"`
	Sections []Part    `json:"sections"`
	Faults   []string  `json:"faults"` // each ends with what to do
}

// Metadata is what the module says of itself.
type Metadata struct {
	ABI         int64           `json:"abi,omitempty"` // zero when not said
	Name        string          `json:"name"`
	Version     string          `json:"version,omitempty"`
	Description string          `json:"description,omitempty"`
	License     string          `json:"license,omitempty"`
	Sources     []string        `json:"sources"` // without which it cannot work
	Deny        bool            `json:"deny"`
	Config      json.RawMessage `json:"config,omitempty"` // a JSON schema
}

// Runs is how a host would run it, with the default limits and no config.
type Runs struct {
	Traits   string `json:"traits"`             // how calls are kept apart
	Image    int64  `json:"image"`              // bytes of memory that each call begins with
	Compiled int64  `json:"compiled"`           // nanoseconds
	WarmFuel int64  `json:"warmFuel"`           // of the call on the warm-up document
	WarmUp   string `json:"warmUp,omitempty"`   // why that call failed, which is tolerated
	Config   string `json:"noConfig,omitempty"` // why it does not run without a config
}

// Item is an import or an export.
type Item struct {
	Name string `json:"name"` // of an import, MODULE.NAME
	Kind string `json:"kind"`
	Type string `json:"type,omitempty"`
}

// Code counts functions.
type Code struct {
	Imported int `json:"imported"`
	Defined  int `json:"defined"`
}

// Part is a section.
type Part struct {
	Name string `json:"name"`
	Size int    `json:"size"` // bytes
}

// Inspect reads a module. What keeps a host from loading it is in Faults; the
// rest is as much as could be read.
func Inspect(ctx context.Context, h *Host, m *Module) Inspected {
	i := Inspected{Path: m.Path, Size: len(m.bytes), SHA256: m.SHA256, Imports: []Item{}, Exports: []Item{}, Memories: []string{}, Sections: []Part{}, Faults: []string{}}
	i.readSections(m.bytes)
	decoded, err := wasmbin.Decode(m.bytes)
	if err == nil {
		i.readModule(decoded)
		err = decoded.Validate()
	}
	if err != nil {
		i.fault(advise(err, "build it again as a core module for WebAssembly 2.0"))
	}
	i.readMetadata(m.bytes)
	i.tellABI()
	if len(i.Faults) == 0 {
		i.load(ctx, h, m)
	}
	return i
}

func (i *Inspected) fault(err error) {
	i.Faults = append(i.Faults, strings.Split(err.Error(), "\n")...)
}

// readSections lists the sections, and the imports, which need no more.
func (i *Inspected) readSections(module []byte) {
	whole := wholeSections(module)
	sections, err := wasmbin.Sections(whole)
	if err != nil {
		return // not even its head is a module's: decoding says so
	}
	for _, s := range sections {
		name := s.Kind()
		if s.Name != "" {
			name += " " + abi.Quote(s.Name)
		}
		i.Sections = append(i.Sections, Part{name, s.Size()})
	}
	if rest := len(module) - len(whole); rest > 0 {
		i.Sections = append(i.Sections, Part{"not readable", rest})
	}
	imports, _ := wasmbin.Imports(whole)
	i.addImports(imports)
}

func (i *Inspected) addImports(imports []wasmbin.Import) {
	i.Imports = i.Imports[:0]
	for _, one := range imports {
		i.Imports = append(i.Imports, Item{one.Module + "." + one.Name, one.Kind.String(), one.Type})
	}
}

// readModule adds what a decoded module shows.
func (i *Inspected) readModule(m *wasmbin.Module) {
	i.addImports(m.Imports())
	for _, e := range m.Exports() {
		i.Exports = append(i.Exports, Item{e.Name, e.Kind.String(), e.Type})
		switch e.Name {
		case abi.ExportMap:
			i.Kind = string(plugin.Reactor)
		case abi.ExportStart:
			i.Kind = string(plugin.Command)
		}
	}
	for _, limits := range m.Memories() {
		i.Memories = append(i.Memories, limits.String()+" pages")
	}
	i.Code.Imported, i.Code.Defined = m.Functions()
}

func (i *Inspected) readMetadata(module []byte) {
	section, ok, err := wasmbin.Custom(wholeSections(module), abi.MetadataSection)
	if err != nil || !ok {
		return
	}
	m, err := abi.DecodeMetadata(section)
	if err != nil {
		i.fault(advise(err, "mend plugin.json and build again"))
		return
	}
	i.Metadata = &Metadata{m.ABI, m.Name, m.Version, m.Description, m.License, append([]string{}, m.Sources...), m.Deny, json.RawMessage(m.Config)}
}

// tellABI is the boundary's version: of a module that does not say it, the one
// that has its kind of entry.
func (i *Inspected) tellABI() {
	switch {
	case i.Metadata != nil && i.Metadata.ABI != 0:
		i.ABI = i.Metadata.ABI
	case i.Kind != "":
		i.ABI = abi.Version
	}
}

// load asks the host's runtime.
func (i *Inspected) load(ctx context.Context, h *Host, m *Module) {
	p, err := h.guest(ctx, m, Grant{Sources: sourcesFor(m.Metadata, nil)})
	switch {
	case onlyConfig(err):
		i.Runs = &Runs{Config: err.Error()}
		return
	case err != nil:
		i.fault(err)
		return
	}
	info := p.Info()
	i.Runs = &Runs{Traits: string(info.Traits), Image: info.Image, Compiled: int64(info.Compiled / time.Nanosecond), WarmFuel: info.WarmFuel}
	if info.WarmUp != nil {
		i.Runs.WarmUp = callError(info.WarmUp).Error()
	}
}

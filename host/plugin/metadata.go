// What a module says about itself, against what it was given.

package plugin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// readMetadata returns what the module says about itself, nil when it says
// nothing.
func readMetadata(module []byte) (*abi.Metadata, error) {
	text, ok, err := wasmbin.Custom(module, abi.MetadataSection)
	if err != nil || !ok {
		return nil, err
	}
	m, err := abi.DecodeMetadata(text)
	if err != nil {
		return nil, fmt.Errorf("section %s: %w", abi.MetadataSection, err)
	}
	if m.ABI != 0 && m.ABI != abi.Version {
		return nil, fmt.Errorf("it was built for version %d of the boundary and this host speaks version %d", m.ABI, abi.Version)
	}
	return &m, nil
}

// checkMetadata compares what a module needs with what it is given.
func (c Config) checkMetadata(m *abi.Metadata) error {
	if m == nil {
		return nil
	}
	var faults []error
	for _, source := range m.Sources {
		if !slices.Contains(c.Sources, source) {
			faults = append(faults, c.fault("sources", fmt.Errorf("it needs the source %s; add it to the list", quote(source))))
		}
	}
	if m.Deny && c.SkipOnError {
		faults = append(faults, c.fault("on_error", errors.New("it may deny logins, so a failure of it must not be skipped; write fail")))
	}
	if err := checkSchema(m.Config, c.Config); err != nil {
		faults = append(faults, c.fault("config", err))
	}
	return errors.Join(faults...)
}

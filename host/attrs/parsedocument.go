// Reading a whole document: its sources, each with its own text.

package attrs

import "strings"

// parseSources reads a whole document. Each source is bounded as With bounds
// it, and keeps its own text.
func parseSources(raw []byte) (map[string]source, error) {
	if len(raw) > MaxSources*(MaxSourceBytes+128) {
		return nil, &DocumentError{Offset: len(raw), Err: ErrTooLarge}
	}
	p := &parser{text: string(raw)}
	if err := p.checkUTF8(); err != nil {
		return nil, err
	}
	p.space()
	if p.peek() != '{' {
		return nil, p.fail(ErrNotObject)
	}
	sources := map[string]source{}
	err := p.members(func(name string, at int) error {
		if _, twice := sources[name]; twice {
			return p.duplicate(name, at)
		}
		if !validSourceName(name) {
			return p.failAt(at, ErrSourceName)
		}
		if len(sources) == MaxSources {
			return p.failAt(at, ErrTooManySources)
		}
		p.name = name
		start := p.beforeSpace()
		value, err := p.root()
		if err != nil {
			return err
		}
		p.space()
		if p.pos-start > MaxSourceBytes {
			return p.failAt(start+MaxSourceBytes, ErrTooLarge)
		}
		sources[name] = source{text: p.text[start:p.pos], value: value}
		p.name = ""
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(p.text) {
		return nil, p.fail(ErrTrailingData)
	}
	return sources, nil
}

// beforeSpace is where the white space before the next token begins: a source
// is kept with the space it came with.
func (p *parser) beforeSpace() int {
	return len(strings.TrimRight(p.text[:p.pos], " \t\r\n"))
}

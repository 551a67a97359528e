// A bounds-checked reader of the binary format's primitives.

package wasmbin

import (
	"errors"
	"unicode/utf8"
)

var (
	errShort  = errors.New("it ends too early")
	errLEB    = errors.New("a number is longer than 32 bits")
	errUTF8   = errors.New("a name is not valid UTF-8")
	errLimits = errors.New("the limits of a table or memory are neither plain nor bounded")
)

type reader struct {
	bytes []byte
	at    int
}

func (r *reader) byte() (byte, error) {
	if r.at >= len(r.bytes) {
		return 0, errShort
	}
	r.at++
	return r.bytes[r.at-1], nil
}

// u32 reads an unsigned LEB128 number of at most five bytes.
func (r *reader) u32() (uint32, error) {
	var n uint64
	for shift := 0; shift < 35; shift += 7 {
		b, err := r.byte()
		if err != nil {
			return 0, err
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if n > 1<<32-1 {
				return 0, errLEB
			}
			return uint32(n), nil
		}
	}
	return 0, errLEB
}

func (r *reader) take(n uint32) ([]byte, error) {
	if uint64(n) > uint64(len(r.bytes)-r.at) {
		return nil, errShort
	}
	r.at += int(n)
	return r.bytes[r.at-int(n) : r.at], nil
}

func (r *reader) name() (string, error) {
	n, err := r.u32()
	if err != nil {
		return "", err
	}
	text, err := r.take(n)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(text) {
		return "", errUTF8
	}
	return string(text), nil
}

// limits reads the bounds of a table or memory; max is nil when there is none.
func (r *reader) limits() (min uint32, max *uint32, err error) {
	flag, err := r.byte()
	if err != nil {
		return 0, nil, err
	}
	if flag > 1 { // shared or 64 bits wide
		return 0, nil, errLimits
	}
	if min, err = r.u32(); err != nil || flag&1 == 0 {
		return min, nil, err
	}
	bound, err := r.u32()
	return min, &bound, err
}

func (r *reader) section() (Section, error) {
	start := r.at
	id, err := r.byte()
	if err != nil {
		return Section{}, err
	}
	size, err := r.u32()
	if err != nil {
		return Section{}, err
	}
	payload, err := r.take(size)
	if err != nil {
		return Section{}, err
	}
	s := Section{ID: id, Payload: payload, start: start, end: r.at}
	if id == idCustom {
		inner := reader{bytes: payload}
		if s.Name, err = inner.name(); err != nil {
			return Section{}, err
		}
		s.Payload = payload[inner.at:]
	}
	return s, nil
}

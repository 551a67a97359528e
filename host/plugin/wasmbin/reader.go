// A bounds-checked reader of the binary format's primitives.

package wasmbin

import (
	"errors"
	"unicode/utf8"
)

var (
	errShort   = errors.New("unexpected end")
	errLEB     = errors.New("an integer is longer than its type")
	errRange   = errors.New("an integer is larger than its type")
	errUTF8    = errors.New("a name is not valid UTF-8")
	errLimits  = errors.New("malformed limits of a table or memory")
	errType    = errors.New("malformed value type")
	errRefType = errors.New("malformed reference type")
	errZero    = errors.New("a reserved byte is not zero")
)

// reader reads b from at on. Its first error stays, and every later read gives
// zero values; a caller looks at err once, after a group of reads, and at the
// end of each turn of a loop.
type reader struct {
	b   []byte
	at  int
	err error // a *SyntaxError
}

func (r *reader) fail(err error) { r.failAt(r.at, err) }

func (r *reader) failAt(offset int, err error) {
	if r.err == nil {
		r.err = &SyntaxError{Offset: offset, Err: err}
	}
}

func (r *reader) byte() byte {
	if r.err != nil {
		return 0
	}
	if r.at >= len(r.b) {
		r.fail(errShort)
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

// u32 reads an unsigned LEB128 number of at most five bytes.
func (r *reader) u32() uint32 {
	if r.err == nil && r.at < len(r.b) && r.b[r.at] < 0x80 {
		r.at++
		return uint32(r.b[r.at-1])
	}
	start := r.at
	var n uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if n > 1<<32-1 {
				r.failAt(start, errRange)
				return 0
			}
			return uint32(n)
		}
	}
	r.failAt(start, errLEB)
	return 0
}

// signed reads a signed LEB128 number of the given width in bits.
func (r *reader) signed(bits int) int64 {
	start := r.at
	var n int64
	for shift := 0; shift < bits; shift += 7 {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		if b >= 0x80 {
			continue
		}
		used := shift + 7
		if used < 64 {
			n = n << (64 - used) >> (64 - used)
		}
		if used > bits && !fits(b, used-bits) {
			r.failAt(start, errRange)
			return 0
		}
		return n
	}
	r.failAt(start, errLEB)
	return 0
}

// fits says whether the unused high bits of a number's last byte repeat its
// sign bit.
func fits(last byte, unused int) bool {
	high := int8(last<<1) >> (7 - unused)
	return high == 0 || high == -1
}

func (r *reader) take(n uint32) []byte {
	if r.err != nil {
		return nil
	}
	if uint64(n) > uint64(len(r.b)-r.at) {
		r.fail(errShort)
		return nil
	}
	r.at += int(n)
	return r.b[r.at-int(n) : r.at]
}

// count reads the length of a vector whose elements take at least one byte
// each; what is their name.
func (r *reader) count(what string, most int) int {
	start := r.at
	n := r.u32()
	if int64(n) > int64(most) {
		r.failAt(start, tooLarge("the number of "+what, most))
		return 0
	}
	if int(n) > len(r.b)-r.at {
		r.fail(errShort)
		return 0
	}
	return int(n)
}

func (r *reader) name() string {
	n := r.u32()
	start := r.at
	text := r.take(n)
	if !utf8.Valid(text) {
		r.failAt(start, errUTF8)
		return ""
	}
	return string(text)
}

func (r *reader) zero() {
	if r.byte() != 0 {
		r.failAt(r.at-1, errZero)
	}
}

// Strings, written.

package abi

import "unicode/utf8"

// AppendString appends s as a JSON string: a backslash before quotes and
// backslashes, U+0000 to U+001F and U+007F as \u00xx, all else as it is. Bytes
// that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0 // of what is to be copied as it is
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		dst = append(dst, s[start:i]...)
		if c == '"' || c == '\\' {
			dst = append(dst, '\\', c)
		} else {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// Quote is s for an error message: quoted, in printable ASCII, at most
// MaxExtraName bytes of it.
func Quote(s string) string {
	const hex = "0123456789abcdef"
	out := []byte{'"'}
	for i, r := range s {
		switch {
		case i >= MaxExtraName:
			return string(out) + `"…`
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r >= 0x20 && r < 0x7f:
			out = append(out, byte(r))
		default:
			out = append(out, '\\', 'u', '{')
			for shift := 20; shift >= 0; shift -= 4 {
				if shift < 16 || r>>shift != 0 {
					out = append(out, hex[r>>shift&15])
				}
			}
			out = append(out, '}')
		}
	}
	return string(append(out, '"'))
}

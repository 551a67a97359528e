// Writing the binary format's primitives.

package wasmbin

func appendSection(dst []byte, id byte, content []byte) []byte {
	dst = append(dst, id)
	dst = appendU32(dst, uint32(len(content)))
	return append(dst, content...)
}

func appendU32(dst []byte, n uint32) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

func appendSigned(dst []byte, n int64) []byte {
	for n < -64 || n > 63 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n)&0x7f)
}

func appendName(dst []byte, name string) []byte {
	return append(appendU32(dst, uint32(len(name))), name...)
}

func appendTypes(dst []byte, types []ValueType) []byte {
	dst = appendU32(dst, uint32(len(types)))
	for _, t := range types {
		dst = append(dst, byte(t))
	}
	return dst
}

func appendFuncType(dst []byte, t FuncType) []byte {
	return appendTypes(appendTypes(append(dst, 0x60), t.Params), t.Results)
}

func appendLimits(dst []byte, l Limits) []byte {
	if !l.Bounded {
		return appendU32(append(dst, 0), l.Min)
	}
	return appendU32(appendU32(append(dst, 1), l.Min), l.Max)
}

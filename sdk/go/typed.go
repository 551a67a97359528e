// What is at a pointer, as a Go value. Each is Get and the Value's method of
// the same name.

package doorward

// Text is the string at a pointer, and whether there is one.
func (in *Input) Text(pointer string) (string, bool) {
	value, _ := in.Get(pointer)
	return value.Text()
}

// Texts is the list of strings at a pointer, and whether there is one; a
// single string is none.
func (in *Input) Texts(pointer string) ([]string, bool) {
	value, _ := in.Get(pointer)
	return value.Texts()
}

// Int is the integer at a pointer, and whether there is one that is written
// without fraction and exponent and fits 64 bits.
func (in *Input) Int(pointer string) (int64, bool) {
	value, _ := in.Get(pointer)
	return value.Int()
}

// Number is the number at a pointer, with its digits as received, and whether
// there is one.
func (in *Input) Number(pointer string) (string, bool) {
	value, _ := in.Get(pointer)
	return value.Number()
}

// Bool is the boolean at a pointer, and whether there is one.
func (in *Input) Bool(pointer string) (value, ok bool) {
	v, _ := in.Get(pointer)
	return v.Bool()
}

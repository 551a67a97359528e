// The part of a broken module that can still be read.

package author

import "encoding/binary"

// headSize is the size of what a module begins with: its magic and version.
const headSize = 8

// wholeSections is a module up to the first section that is cut off.
func wholeSections(module []byte) []byte {
	at := headSize
	for at < len(module) {
		size, digits := binary.Uvarint(module[at+1:])
		end := uint64(at) + 1 + uint64(max(digits, 0)) + size
		if digits <= 0 || size > uint64(len(module)) || end > uint64(len(module)) {
			break
		}
		at = int(end)
	}
	return module[:min(at, len(module))]
}

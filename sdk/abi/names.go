// The names of the boundary.

package abi

// Version is the version of this boundary. It is the member "version" of
// every input and, when a guest states one, the member "abi" of its metadata.
const Version = 1

// Module is the name of the module from which a reactor imports the host's
// functions.
const Module = "doorward"

// WASI is the name of the WASI preview 1 module, which a guest may import
// besides. It offers no files, no network, no arguments and no environment.
const WASI = "wasi_snapshot_preview1"

// MetadataSection is the name of the custom section with a guest's Metadata.
const MetadataSection = "doorward.plugin"

// Exports of a guest. A reactor exports Memory and Map, and Initialize when
// its language's runtime needs it; a command exports Memory and Start. No
// guest exports both Map and Start.
const (
	ExportMemory     = "memory"      // the guest's linear memory
	ExportMap        = "map"         // () -> i32: maps one login; zero is success
	ExportInitialize = "_initialize" // () -> (): runs once before the first call
	ExportStart      = "_start"      // () -> (): a command's whole life
)

// Imports from Module. All parameters and results are i32; pointers and
// lengths are unsigned, and a range that leaves the memory traps.
const (
	ImportInputLen    = "input_len"    // () -> bytes of the input
	ImportInputRead   = "input_read"   // (buf, cap) -> bytes copied, from the input's first byte
	ImportGet         = "get"          // (path, path_len, buf, cap) -> length, or GetAbsent, GetMalformed
	ImportOutputWrite = "output_write" // (ptr, len): the result; a second call traps
	ImportLog         = "log"          // (level, ptr, len): one line for the login's trace
	ImportFail        = "fail"         // (ptr, len): why Map is about to return non-zero
)

// What get returns instead of a length.
const (
	GetAbsent    = -1 // there is nothing at the pointer
	GetMalformed = -2 // the pointer is not one of RFC 6901, or longer than MaxPointer
)

// Level is the gravity of a log line.
type Level int32

// The levels. Any other number traps.
const (
	Debug Level = 0
	Info  Level = 1
	Warn  Level = 2
	Error Level = 3
)

// String is the level's name in the trace.
func (l Level) String() string {
	switch l {
	case Debug:
		return "debug"
	case Info:
		return "info"
	case Warn:
		return "warn"
	case Error:
		return "error"
	}
	return "unknown"
}

// Bounds of the boundary, in bytes unless said otherwise. The sizes of input,
// output and memory are the operator's, in the plugin's limits.
const (
	MaxPointer   = 4096  // of a pointer given to get
	MaxDepth     = 64    // levels of arrays and objects in a result
	MaxString    = 4096  // of a standard attribute in a result
	MaxName      = 256   // of an attribute's name
	MaxRoles     = 1000  // roles in a result
	MaxRole      = 256   // of one role
	MaxReason    = 1024  // of a deny reason; a longer one is an error
	MaxLogLines  = 64    // lines of one call; the others are counted and dropped
	MaxLogLine   = 1024  // of one line, and of fail's reason; the rest is cut off
	MaxLogBytes  = 16384 // of all lines of one call
	MaxMetadata  = 65536 // of the metadata section
	MaxExtraName = 64    // of a name that an error message quotes
)

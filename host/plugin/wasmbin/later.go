// What came after WebAssembly 2.0, by name, so that a refusal can say it.

package wasmbin

var laterTypes = map[byte]string{
	0x69: "exceptions (exnref)",
	0x63: "typed function references", 0x64: "typed function references",
	0x6e: "garbage collection", 0x6d: "garbage collection", 0x6c: "garbage collection",
	0x6b: "garbage collection", 0x6a: "garbage collection", 0x71: "garbage collection",
	0x72: "garbage collection", 0x73: "garbage collection", 0x74: "exceptions",
}

var laterForms = map[byte]string{
	0x5f: "garbage collection (a struct type)",
	0x5e: "garbage collection (an array type)",
	0x50: "garbage collection (a subtype)",
	0x4f: "garbage collection (a final subtype)",
	0x4e: "garbage collection (a recursive type)",
}

var laterOps = map[byte]string{
	0x06: "exceptions (try)", 0x07: "exceptions (catch)", 0x08: "exceptions (throw)",
	0x09: "exceptions (rethrow)", 0x0a: "exceptions (throw_ref)", 0x18: "exceptions (delegate)",
	0x19: "exceptions (catch_all)", 0x1f: "exceptions (try_table)",
	0x12: "tail calls (return_call)", 0x13: "tail calls (return_call_indirect)",
	0x14: "typed function references (call_ref)", 0x15: "typed function references (return_call_ref)",
	0xd3: "garbage collection (ref.eq)", 0xd4: "typed function references (ref.as_non_null)",
	0xd5: "typed function references (br_on_null)", 0xd6: "typed function references (br_on_non_null)",
	0xfb: "garbage collection", 0xfe: "threads (an atomic instruction)",
}

const (
	tagSection  = "exceptions (a tag section)"
	relaxedSIMD = "relaxed SIMD"
	manyMemory  = "more than one memory"
)

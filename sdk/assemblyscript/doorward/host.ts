// The functions that a guest imports from its host: sdk/abi/README.md, section 3.

/** The JSON text at a pointer, written when it fits; its length, -1 or -2. */
// @ts-ignore: decorator
@external("doorward", "get")
export declare function get(path: usize, pathLength: usize, buffer: usize, capacity: usize): i32;

/** The result JSON; a second call traps. */
// @ts-ignore: decorator
@external("doorward", "output_write")
export declare function outputWrite(at: usize, length: usize): void;

/** One line for the login's trace. */
// @ts-ignore: decorator
@external("doorward", "log")
export declare function logLine(level: i32, at: usize, length: usize): void;

/** The reason for a map that does not return zero. */
// @ts-ignore: decorator
@external("doorward", "fail")
export declare function failReason(at: usize, length: usize): void;

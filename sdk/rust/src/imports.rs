//! The guest's side of the boundary: the only unsafe code of the crate.

use crate::{Level, Value};
use std::cell::RefCell;

#[link(wasm_import_module = "doorward")]
extern "C" {
    fn get(path: *const u8, path_len: usize, buf: *mut u8, cap: usize) -> i32;
    fn output_write(ptr: *const u8, len: usize);
    fn log(level: i32, ptr: *const u8, len: usize);
    #[link_name = "fail"]
    fn host_fail(ptr: *const u8, len: usize);
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    fn clock_time_get(clock: i32, precision: i64, time: *mut u64) -> i32;
    fn random_get(buf: *mut u8, len: usize) -> i32;
}

/// The size of the first buffer that a value is read into; a larger value
/// costs one more call. It fits a person's groups, not a whole document.
const SCRATCH: usize = 1024;

/// The host behind the imports.
pub(crate) struct Host {
    scratch: RefCell<Vec<u8>>,
}

impl Host {
    pub(crate) fn new() -> Host {
        Host {
            scratch: RefCell::new(vec![0; SCRATCH]),
        }
    }

    pub(crate) fn get(&self, pointer: &str) -> Option<Value> {
        let mut scratch = self.scratch.borrow_mut();
        loop {
            // SAFETY: both ranges are those of live slices; the host writes
            // initialised bytes into the second, or none.
            let n = unsafe {
                get(
                    pointer.as_ptr(),
                    pointer.len(),
                    scratch.as_mut_ptr(),
                    scratch.len(),
                )
            };
            let n = usize::try_from(n).ok()?;
            if let Some(text) = scratch.get(..n) {
                return Some(Value::from_host(text));
            }
            *scratch = vec![0; n];
        }
    }

    pub(crate) fn log(&self, level: Level, message: &str) {
        // SAFETY: the range is that of a live string.
        unsafe { log(level as i32, message.as_ptr(), message.len()) }
    }

    pub(crate) fn time(&self) -> u64 {
        let mut time = 0;
        // SAFETY: the address is that of a live, aligned u64.
        unsafe { clock_time_get(0, 0, &mut time) };
        time
    }

    pub(crate) fn random(&self, buffer: &mut [u8]) {
        // SAFETY: the range is that of a live slice.
        unsafe { random_get(buffer.as_mut_ptr(), buffer.len()) };
    }
}

/// Gives the host the result of the call.
pub(crate) fn write(output: &str) {
    // SAFETY: the range is that of a live string.
    unsafe { output_write(output.as_ptr(), output.len()) }
}

/// Gives the host the reason for the failure that follows.
pub(crate) fn fail(reason: &str) {
    // SAFETY: the range is that of a live string.
    unsafe { host_fail(reason.as_ptr(), reason.len()) }
}

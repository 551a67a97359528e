//! The host of a native test: it answers from the text of an input.

use crate::{Level, Value};
use std::cell::{Cell, RefCell};

pub(crate) struct Host {
    document: Value,
    lines: RefCell<Vec<String>>,
    readings: Cell<u64>,
    drawn: Cell<u64>,
}

impl Host {
    pub(crate) fn new(document: Value) -> Host {
        Host {
            document,
            lines: RefCell::default(),
            readings: Cell::new(0),
            drawn: Cell::new(0),
        }
    }

    pub(crate) fn get(&self, pointer: &str) -> Option<Value> {
        self.document.get(pointer)
    }

    pub(crate) fn log(&self, level: Level, message: &str) {
        self.lines
            .borrow_mut()
            .push(format!("{}: {message}", level.name()));
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    /// As in a guest: the login's time, and a microsecond more each time.
    pub(crate) fn time(&self) -> u64 {
        let login = self.get("/login/time").and_then(|v| v.int()).unwrap_or(0);
        self.readings.set(self.readings.get() + 1);
        u64::try_from(login).unwrap_or(0) * 1_000_000_000 + (self.readings.get() - 1) * 1000
    }

    /// The same bytes in every test: splitmix64, counted on from zero.
    pub(crate) fn random(&self, buffer: &mut [u8]) {
        for byte in buffer {
            self.drawn
                .set(self.drawn.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
            let mut z = self.drawn.get();
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (z ^ (z >> 31)) as u8;
        }
    }
}

//! A mapper plugin for the login host Doorward is one function:
//!
//! ```
//! use doorward::{Input, Output};
//!
//! doorward::map!(mapper);
//!
//! fn mapper(input: &Input) -> Result<Output, String> {
//!     let mut output = Output::default();
//!     if let Some(team) = input.source("userInfo", "/team").and_then(|v| v.text()) {
//!         output.set.roles = Some(vec![format!("team-{team}")]);
//!     }
//!     Ok(output)
//! }
//!
//! // Its test needs no host and no Wasm.
//! let input = Input::new(r#"{"sources":{"userInfo":{"team":"x"}}}"#).unwrap();
//! assert_eq!(mapper(&input).unwrap().to_json(), r#"{"set":{"roles":["team-x"]}}"#);
//! ```
//!
//! An `Err` fails the call with its text as the reason in the login's trace,
//! and so does a panic. [`Output::deny`] refuses the person.
//!
//! The crate is a `cdylib` for `wasm32-unknown-unknown`; the boundary itself is
//! specified in `sdk/abi/README.md`. Nothing beyond the standard library is
//! used, and only what a mapper asks for is copied into the guest.

#![deny(missing_docs)]
#![cfg_attr(not(target_family = "wasm"), forbid(unsafe_code))]

mod check;
mod escape;
mod input;
mod output;
mod pointer;
mod scan;
mod value;
mod walk;

#[cfg(not(target_family = "wasm"))]
pub mod golden;
#[cfg(target_family = "wasm")]
#[path = "imports.rs"]
mod host;
#[cfg(not(target_family = "wasm"))]
#[path = "native.rs"]
mod host;
#[cfg(target_family = "wasm")]
mod run;

pub use check::JsonError;
pub use input::{Input, Level, Login};
pub use output::{Output, User};
pub use pointer::token;
#[cfg(target_family = "wasm")]
pub use run::run;
pub use value::{Kind, Value};
pub use walk::{Elements, Members};

/// Exports a mapper as the guest's `map`.
///
/// The mapper is a `fn(&Input) -> Result<Output, E>` whose error can be
/// displayed; the error's text, at most 1024 bytes of it, is the reason in the
/// trace. Outside a guest nothing is exported.
#[macro_export]
macro_rules! map {
    ($mapper:path) => {
        // The names here must not hide the mapper's.
        #[cfg(target_family = "wasm")]
        const _: () = {
            #[export_name = "map"]
            extern "C" fn __doorward_map() -> i32 {
                $crate::run($mapper)
            }
        };
        // The mapper's type is checked natively too.
        #[cfg(not(target_family = "wasm"))]
        const _: () = {
            fn __doorward_check<E: ::std::fmt::Display>(
                _: fn(&$crate::Input) -> ::std::result::Result<$crate::Output, E>,
            ) {
            }
            #[allow(dead_code)]
            fn __doorward_map() {
                __doorward_check($mapper)
            }
        };
    };
}

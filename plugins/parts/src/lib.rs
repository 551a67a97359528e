//! Parts that the bundled plugins are made of.

#![forbid(unsafe_code)]

mod kept;
mod roles;
mod texts;

pub use kept::Kept;
pub use roles::Roles;
pub use texts::{texts, Texts};

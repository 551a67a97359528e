//! One call of the guest's `map`.

use crate::{host, Input, Output};
use std::fmt::Display;
use std::sync::Once;

/// Maps one login: gives `mapper` the host's input and the host its output.
///
/// Returns what the exported function `map` must return: zero, or 1 when the
/// mapper failed. A panic is a failure with its message as the reason, and
/// traps. The macro [`map!`](crate::map) calls it.
pub fn run<E: Display>(mapper: fn(&Input) -> Result<Output, E>) -> i32 {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            host::fail(&reason(info.payload(), info.location()))
        }))
    });
    match mapper(&Input::from_host()) {
        Ok(output) => {
            host::write(&output.to_json());
            0
        }
        Err(error) => {
            host::fail(&error.to_string());
            1
        }
    }
}

fn reason(payload: &dyn std::any::Any, at: Option<&std::panic::Location<'_>>) -> String {
    let message = match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "no message",
    };
    match at {
        Some(at) => format!("panic at {}:{}: {}", at.file(), at.line(), message),
        None => format!("panic: {message}"),
    }
}

//! A config that is parsed once.

use doorward::{Input, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// The plugin's config, parsed, and the text it was parsed from. Hosts may
/// begin each login's call on the state after a warm-up call with the same
/// config: then what that call has kept here need not be parsed again.
pub struct Kept<T>(RefCell<Option<(Value, Rc<T>)>>);

impl<T> Kept<T> {
    /// Keeps nothing yet.
    pub const fn new() -> Kept<T> {
        Kept(RefCell::new(None))
    }

    /// The config of this login's plugin.
    ///
    /// # Errors
    ///
    /// What `parse` returns.
    pub fn read(
        &self,
        input: &Input,
        parse: fn(&Value) -> Result<T, String>,
    ) -> Result<Rc<T>, String> {
        let text = input.config("").unwrap_or_else(|| Value::object([]));
        if let Some((known, config)) = &*self.0.borrow() {
            if *known == text {
                return Ok(Rc::clone(config));
            }
        }
        let config = Rc::new(parse(&text)?);
        *self.0.borrow_mut() = Some((text, Rc::clone(&config)));
        Ok(config)
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept::new()
    }
}

//! A list of roles that a host takes.

use doorward::{Input, Level};

/// The longest role, in bytes, and the most roles of one person.
const MAX_ROLE: usize = 256;
const MAX_ROLES: usize = 1000;

/// Roles in the order in which they were found, each once.
pub struct Roles {
    list: Vec<String>,
    sorted: Vec<u32>, // places in list, in the order of their texts: looking is not a walk
    before: usize,
    replace: bool,
}

impl Roles {
    /// The roles that earlier mappers gave; with `replace`, none.
    pub fn new(input: &Input, replace: bool) -> Roles {
        let so_far = || input.get("/user/roles").and_then(|roles| roles.texts());
        let list = if replace { None } else { so_far() }.unwrap_or_default();
        let mut roles = Roles {
            list: Vec::new(),
            sorted: Vec::new(),
            before: list.len(),
            replace,
        };
        for role in list {
            if let Err(place) = roles.find(&role) {
                roles.sorted.insert(place, roles.list.len() as u32);
            }
            roles.list.push(role);
        }
        roles
    }

    /// Adds a role unless it is there. One that no host takes is left out,
    /// with a warning that does not repeat it.
    pub fn add(&mut self, input: &Input, role: &str) {
        if role.is_empty() || role.len() > MAX_ROLE || role.chars().any(char::is_control) {
            let warning = "a role was left out: it is empty, longer than 256 bytes, or holds a control character";
            input.log(Level::Warn, warning);
        } else if self.list.len() <= MAX_ROLES {
            if let Err(place) = self.find(role) {
                self.sorted.insert(place, self.list.len() as u32);
                self.list.push(role.to_string());
            }
        }
    }

    /// Where `role` stands among the sorted ones, or would stand.
    fn find(&self, role: &str) -> Result<usize, usize> {
        self.sorted
            .binary_search_by(|&at| self.list[at as usize].as_str().cmp(role))
    }

    /// How many were added.
    pub fn added(&self) -> usize {
        self.list.len() - self.before
    }

    /// The roles to set; `None` when they are to stay as they are.
    ///
    /// # Errors
    ///
    /// When they are more than a host takes; `hint` says what to change.
    pub fn finish(self, hint: &str) -> Result<Option<Vec<String>>, String> {
        match self.list.len() {
            n if n > MAX_ROLES => Err(format!("there are more than {MAX_ROLES} roles; {hint}")),
            n if n == self.before && !self.replace => Ok(None),
            _ => Ok(Some(self.list)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Input {
        Input::new(r#"{"user":{"roles":["a","b"]}}"#).unwrap()
    }

    fn list(texts: &[&str]) -> Option<Vec<String>> {
        Some(texts.iter().map(|text| text.to_string()).collect())
    }

    #[test]
    fn adds_to_the_roles_so_far() {
        let input = input();
        let mut roles = Roles::new(&input, false);
        for role in [
            "b",
            "c",
            "",
            "x\u{85}",
            &"y".repeat(257),
            &"z".repeat(256),
            "c",
        ] {
            roles.add(&input, role);
        }
        assert_eq!(roles.added(), 2);
        assert_eq!(
            roles.finish("").unwrap(),
            list(&["a", "b", "c", &"z".repeat(256)])
        );
        assert_eq!(input.logged().len(), 3);
    }

    #[test]
    fn stays_or_replaces() {
        let input = input();
        assert_eq!(Roles::new(&input, false).finish("").unwrap(), None);
        assert_eq!(Roles::new(&input, true).finish("").unwrap(), list(&[]));
    }

    #[test]
    fn too_many() {
        let input = input();
        let mut roles = Roles::new(&input, true);
        for n in 0..1000 {
            roles.add(&input, &n.to_string());
        }
        roles.add(&input, "0");
        roles.add(&input, "last");
        assert_eq!(
            roles.finish("use fewer").unwrap_err(),
            "there are more than 1000 roles; use fewer"
        );
    }
}

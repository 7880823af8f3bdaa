//! The types that an operation takes and answers, of which a test writes the schemas down (see `schemas`). The library itself has no use for them.

use schemars::JsonSchema;
#[cfg(test)]
use schemars::{Schema, SchemaGenerator};

/// What makes a schema.
#[cfg(test)]
type Make = fn(&mut SchemaGenerator) -> Schema;

/// The types of an operation.
#[derive(Clone, Copy)]
pub(crate) struct Types {
    /// What makes the schema of each, by its name in `schemas`, behind the operation's.
    #[cfg(test)]
    pub(crate) parts: [Option<(&'static str, Make)>; 6],
}

#[cfg_attr(not(test), allow(clippy::extra_unused_type_parameters))] // Only the test has a use for them.
impl Types {
    /// Those of a request and its answer.
    pub(crate) const fn of<Q: JsonSchema, A: JsonSchema>() -> Self {
        #[cfg(test)]
        let parts = [Some(of::<Q>("request")), Some(of::<A>("answer")), None, None, None, None];
        Self {
            #[cfg(test)]
            parts,
        }
    }

    /// And of items and states.
    #[cfg_attr(not(test), allow(unused_mut))]
    pub(crate) const fn yielding<I: JsonSchema, S: JsonSchema>(mut self) -> Self {
        #[cfg(test)]
        {
            self.parts[2] = Some(of::<I>("event-item"));
            self.parts[3] = Some(of::<S>("event-state"));
        }
        self
    }

    /// And of what the host is asked and replies.
    #[cfg_attr(not(test), allow(unused_mut))]
    pub(crate) const fn asking<R: JsonSchema, A: JsonSchema>(mut self) -> Self {
        #[cfg(test)]
        {
            self.parts[4] = Some(of::<R>("event-request"));
            self.parts[5] = Some(of::<A>("event-reply"));
        }
        self
    }
}

#[cfg(test)]
const fn of<T: JsonSchema>(name: &'static str) -> (&'static str, Make) {
    (name, SchemaGenerator::subschema_for::<T>)
}

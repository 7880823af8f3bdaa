//! JSON Schemas read off their text, where nothing is read into memory.

use std::cmp::Ordering;

use memchr::{memchr, memrchr};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::members;

/// Where in a document the definitions stand that its schemas refer to.
pub const DEFINITIONS: &str = "#/components/schemas/";

/// A schema, as it stands in the text.
#[derive(Clone, Copy)]
pub struct Schema {
    json: &'static str,
    /// The text that it stands in, with the schemas that it refers to.
    all: &'static str,
}

impl Schema {
    /// What anything fits.
    pub const ANY: Self = Self { json: "true", all: "" };

    /// The schema of this name in a text of schemas, a line for each in the order of their names: its name, a blank, its JSON.
    pub fn among(all: &'static str, name: &str) -> Option<Self> {
        line(all, name).map(|json| Self { json, all })
    }

    /// Calls `see` with each of its keys, and what stands there. Of what is no object there is none.
    pub fn each(self, mut see: impl FnMut(&'static str, Self)) {
        let Self { json, all } = self;
        // The text is the library's own: nothing in it is left out.
        let _ = members(json, |key, place| {
            see(std::str::from_utf8(key).unwrap_or_default(), Self { json: &json[place], all });
        });
    }

    /// What stands under a key.
    pub fn at(self, key: &str) -> Option<Self> {
        let mut found = None;
        self.each(|name, inner| {
            if name == key {
                found = Some(inner);
            }
        });
        found
    }

    /// What stands in a list.
    pub fn items(self) -> Vec<Self> {
        let items: Vec<&'static RawValue> = self.read().unwrap_or_default();
        items.into_iter().map(|item| Self { json: item.get(), ..self }).collect()
    }

    /// The same as a `T`, if it is one.
    pub fn read<T: Deserialize<'static>>(self) -> Option<T> {
        serde_json::from_str(self.json).ok()
    }

    /// As it is written.
    pub fn json(self) -> &'static str {
        self.json
    }

    /// The rules of a schema: its own, or those of the definition that it stands for.
    pub fn resolved(self) -> Self {
        let mut definition = None;
        self.each(|key, inner| {
            if let Some(found) = self.definition(key, inner) {
                definition = Some(found);
            }
        });
        definition.map_or(self, Self::resolved)
    }

    /// The definition that a schema stands for, if what stands under `key` in it says so. One that says more about it refers to it by an `allOf` of one.
    pub fn definition(self, key: &str, inner: Self) -> Option<Self> {
        let place = match key {
            "$ref" => Some(inner),
            "allOf" => inner.items().first().and_then(|only| only.at("$ref")),
            _ => None,
        };
        Self::among(self.all, place?.read::<&str>()?.strip_prefix(DEFINITIONS)?)
    }
}

/// What stands in the line of this name.
fn line(all: &'static str, name: &str) -> Option<&'static str> {
    let bytes = all.as_bytes();
    let (mut from, mut to) = (0, bytes.len());
    while from < to {
        let middle = from + (to - from) / 2;
        let begin = memrchr(b'\n', &bytes[from..middle]).map_or(from, |at| from + at + 1);
        let end = memchr(b'\n', &bytes[middle..to]).map_or(to, |at| middle + at);
        let (key, json) = all[begin..end].split_once(' ')?;
        match key.cmp(name) {
            Ordering::Equal => return Some(json),
            Ordering::Less => from = end + 1,
            Ordering::Greater => to = begin,
        }
    }
    None
}

//! A hash of facts that generated code relies on without looking at them: layouts, numbers and encodings.
//!
//! Each module adds its facts where they are defined, through macros that list the fields of a type or name constants. A
//! list of fields that is not complete does not compile.

use std::hash::Hash;
use xxhash_rust::xxh3::Xxh3;

/// The hash of facts, the same in every build for one kind of host.
#[derive(Default)]
pub(crate) struct Fingerprint(Xxh3);

impl Fingerprint {
    /// Adds named numbers.
    pub(crate) fn add<const N: usize>(&mut self, group: &str, facts: [(&str, u64); N]) {
        self.add_row(&(group, facts));
    }

    /// Adds a row of a table.
    pub(crate) fn add_row(&mut self, row: &impl Hash) {
        row.hash(&mut self.0);
    }

    /// The hash of all that was added.
    pub(crate) fn digest(&self) -> u64 {
        self.0.digest()
    }
}

/// The offsets of all fields of a type, by name. Those after `not` are not for generated code.
macro_rules! offsets {
    ($type:ident { $($field:ident),* $(,)? } $(not { $($other:ident),* $(,)? })?) => {{
        // Stops compiling when a field is missing.
        let _ = |value: &$type| { let $type { $($field: _,)* $($($other: _,)*)? } = value; };
        [$((stringify!($field), std::mem::offset_of!($type, $field) as u64)),*]
    }};
}

/// Constants by name.
macro_rules! numbers {
    ($($name:path),* $(,)?) => { [$((stringify!($name), $name as u64)),*] };
}

pub(crate) use {numbers, offsets};

//! Regions as text.

/// A region as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Cranelift's input.
    pub clif: String,
    /// The host instructions; empty if the region could not be compiled.
    pub native: String,
}

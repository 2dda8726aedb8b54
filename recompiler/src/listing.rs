//! What a region becomes, for people to read.

use std::ops::Range;

/// What a region becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Cranelift's input, as text.
    pub clif: String,
    /// For each line of it, the PC of the guest instruction that it is a part of. The entry and the exits of a region
    /// belong to none.
    pub clif_places: Vec<Option<u16>>,
    /// The native code; empty if the region could not be compiled.
    pub code: Vec<u8>,
    /// The PCs of the guest instructions that bytes of the code are a part of, by offsets in it, in ascending order.
    pub code_places: Vec<(Range<u32>, u16)>,
}

#[cfg(feature = "compiler")]
impl Listing {
    /// With the text of a function whose source locations are PCs: `@c123 ` before an instruction.
    pub(crate) fn new(function: &str) -> Self {
        let (mut clif, mut clif_places) = (String::new(), Vec::new());
        for line in function.lines() {
            let located = line.strip_prefix('@').and_then(|rest| rest.split_once(' '));
            let located = located.and_then(|(pc, rest)| Some((u16::from_str_radix(pc, 16).ok()?, rest)));
            clif_places.push(located.map(|(pc, _)| pc));
            let line = match located {
                Some((_, instruction)) => format!("    {}", instruction.trim_start()),
                // Room for locations, which Cranelift leaves if there is one.
                None => line.strip_prefix(&[' '; 32].iter().collect::<String>()).unwrap_or(line).to_owned(),
            };
            clif += &line;
            clif.push('\n');
        }
        Self { clif, clif_places, code: Vec::new(), code_places: Vec::new() }
    }
}

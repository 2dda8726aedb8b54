//! `--emit`: what the compiler makes of a ROM, as text.

use crate::cli::region::GuestRegion;
use crate::cli::rom::Rom;
use crate::cli::symbols::Symbols;
use crate::error::Error;
use ricojit::Options;
use ricojit::ahead::{self, Input};

/// What is printed of each region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Emit {
    /// Cranelift's IR
    Clif,
    /// The native code
    Asm,
}

/// The regions of a ROM, in the order of their addresses.
pub(super) fn text(rom: &Rom, input: &Input, emit: Emit, symbols: &Symbols) -> Result<String, Error> {
    let mut out = String::new();
    let listed = ahead::list(&rom.cartridge, &Options::new(), input, &mut |region, listing| {
        let guest = GuestRegion::new(&rom.cartridge, symbols, region.key);
        let further: Vec<String> = region.entries.iter().map(|pc| format!(", ${pc:04X}")).collect();
        let (bytes, source) = (listing.code.len(), region.source.name());
        out += &format!(
            "; ---- {}{}: {} instructions, found by {source}, {bytes} bytes of native code\n",
            guest.place(),
            further.concat(),
            region.instructions
        );
        out += &match emit {
            Emit::Clif => guest.clif(&listing),
            Emit::Asm => guest.native(&listing, input.target),
        };
        out.push('\n');
    });
    listed.map_err(|problem| Error::file(rom.place(), &problem))?;
    Ok(out)
}

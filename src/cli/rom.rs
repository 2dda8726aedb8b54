//! Which ROM a subcommand works on: a file, or the demo that is part of the program.

use crate::error::Error;
use ricojit::cartridge::Cartridge;
use std::path::Path;

/// Our own homebrew, see `roms/`.
const DEMO: &[u8] = include_bytes!("../../roms/demo.nes");

/// A ROM and what to call it.
pub(crate) struct Rom {
    /// The path as it was given, or `demo`.
    pub(crate) name: String,
    /// Its content.
    pub(crate) cartridge: Cartridge,
}

impl Rom {
    /// Loads the file, or without one the demo.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, Error> {
        let (path, cartridge) = match path {
            Some(path) => (path, Cartridge::open(path)),
            None => (Path::new("demo"), Cartridge::load(DEMO)),
        };
        let cartridge = cartridge.map_err(|source| Error::cartridge(path, source))?;
        Ok(Self { name: path.display().to_string(), cartridge })
    }
}

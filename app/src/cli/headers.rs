//! How the headers of ROM files are read, shared by all commands that read some: `--strict` and `--db`.

use crate::error::Error;
use crate::files;
use crate::terminal;
use ricojit::cartridge::Database;
use std::path::{Path, PathBuf};

/// The options.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct HeaderArgs {
    /// Refuse a ROM whose file has less than its header claims, instead of playing what is there
    #[arg(long)]
    pub(super) strict: bool,

    /// Correct headers by the hash of the ROM, from a file in the format of nes20db.xml [default: nes20db.xml in the user's
    /// data folder, if it exists]
    #[arg(long, value_name = "FILE.xml")]
    db: Option<PathBuf>,
}

impl HeaderArgs {
    /// The file with the name of its option, if there is one.
    pub(crate) fn named(&self) -> Option<files::Named<'_>> {
        self.db.as_deref().map(|path| ("--db", path))
    }

    /// The database. One that the command line does not name must not keep a game from running.
    pub(crate) fn database(&self) -> Result<Option<Database>, Error> {
        if let Some(path) = &self.db {
            return read(path).map(Some);
        }
        let Some(path) = default_path().filter(|path| path.exists()) else { return Ok(None) };
        let database = read(&path).inspect_err(|problem| terminal::say(format_args!("{problem}; it is not used")));
        Ok(database.ok())
    }
}

fn default_path() -> Option<PathBuf> {
    #[cfg(any(feature = "jit", feature = "window"))]
    return crate::folders::folders().map(|folders| folders.data_dir().join("nes20db.xml"));
    #[cfg(not(any(feature = "jit", feature = "window")))]
    None
}

fn read(path: &Path) -> Result<Database, Error> {
    Database::parse(&files::read(path)?).map_err(|problem| Error::file(path, &problem))
}

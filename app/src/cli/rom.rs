//! The ROM of a subcommand: a file, or one of the built-in programs.

use super::headers::HeaderArgs;
use super::image;
use crate::error::Error;
use crate::files;
use crate::terminal;
use ricojit::Machine;
use ricojit::cartridge::{Database, SIZE_LIMIT};
use ricojit::text;
use ricojit::{Cartridge, CodeStore};
use ricojit::{Engine, Options};
use ricojit_judge::batch::path_jobs;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The programs of `roms/`. The first is the demo.
const EMBEDDED: [(&str, &[u8]); 5] = [
    ("demo", include_bytes!("../../../roms/demo.nes")),
    ("cpu", include_bytes!("../../../roms/cpu.nes")),
    ("sprites", include_bytes!("../../../roms/sprites.nes")),
    ("banks", include_bytes!("../../../roms/banks.nes")),
    ("pcm", include_bytes!("../../../roms/pcm.nes")),
];

/// A ROM and its name.
#[derive(Clone, Debug)]
pub(crate) struct Rom {
    /// The name in messages and reports: the path as given, as text, or the name of a built-in program.
    pub(crate) name: String,
    /// The path as given, or for a built-in program its name.
    place: PathBuf,
    /// Its content.
    pub(crate) cartridge: Cartridge,
    /// Code that its machines share.
    code: CodeStore,
    /// The image of native code that its machines begin with.
    image: Option<image::Source>,
    /// The file, if it is a built-in program or came from standard input.
    content: Option<Arc<[u8]>>,
}

/// The path that stands for standard input.
pub(crate) const STDIN: &str = "-";

impl Rom {
    /// Loads the file, or without a path the demo.
    pub(crate) fn load(path: Option<&Path>, headers: &HeaderArgs) -> Result<Self, Error> {
        let Some(path) = path else { return Self::demo() };
        Self::load_with(path, headers.database()?.as_ref(), headers.strict)
    }

    /// Loads the file, or for `-` what standard input has.
    pub(crate) fn load_with(path: &Path, database: Option<&Database>, strict: bool) -> Result<Self, Error> {
        let content = if path.as_os_str() == STDIN { Some(from_stdin()?) } else { None };
        let name = if content.is_some() { "standard input".to_owned() } else { text::path(path) };
        let read = match &content {
            Some(bytes) => Cartridge::load_with(bytes, database),
            None => Cartridge::open_with(path, database),
        };
        let checked =
            read.and_then(|cartridge| if strict { cartridge.check_whole().map(|()| cartridge) } else { Ok(cartridge) });
        let cartridge = checked.map_err(|source| Error::cartridge(Path::new(&name), source))?;
        let code = CodeStore::new(&cartridge);
        Ok(Self { name, place: path.to_owned(), cartridge, code, image: None, content })
    }

    /// Says what is doubtful about the file, once: for commands that run it.
    pub(crate) fn say_doubts(&self) {
        self.cartridge.doubts().iter().for_each(|doubt| terminal::say(format_args!("{}: {doubt}", self.name)));
    }

    /// Loads a file whose board is supported.
    fn accepted(path: &Path, database: Option<&Database>, strict: bool) -> Result<Self, Error> {
        let rom = Self::load_with(path, database, strict)?;
        rom.machine(&Options::default())?;
        Ok(rom)
    }

    /// The ROMs at these paths, and those in folders. Tells `skip` of each ROM of a folder that cannot be run.
    pub(crate) fn in_paths(
        paths: &[PathBuf],
        headers: &HeaderArgs,
        mut skip: impl FnMut(Error),
    ) -> Result<Vec<Self>, Error> {
        let database = headers.database()?;
        let mut roms = Vec::new();
        for path in paths {
            let jobs = path_jobs(std::slice::from_ref(path)).map_err(|source| Error::read(path, source))?;
            for job in jobs {
                match Self::accepted(&job.file, database.as_ref(), headers.strict) {
                    Err(error) if path.is_dir() => skip(error),
                    rom => roms.push(rom?),
                }
            }
        }
        if roms.is_empty() {
            return Err(Error::Usage("these folders contain no ROM that can be run".to_owned()));
        }
        Ok(roms)
    }

    /// A machine with this ROM.
    pub(crate) fn machine(&self, options: &Options) -> Result<Machine, Error> {
        Machine::with_code(&self.cartridge, options, &self.code).map_err(|source| Error::machine(&self.place, source))
    }

    /// The same ROM without the code that was compiled while it ran: with that of its image alone.
    pub(crate) fn without_code(&self) -> Self {
        self.with_code(match &self.image {
            Some(image) => image.code(&self.cartridge),
            None => CodeStore::new(&self.cartridge),
        })
    }

    /// The same ROM with an image.
    pub(crate) fn with_image(self, image: image::Source) -> Self {
        Self { code: image.code(&self.cartridge), image: Some(image), ..self }
    }

    /// The same ROM; for the engine `aot` with an image, so that nothing is compiled when a machine starts.
    pub(crate) fn prepared(&self, options: &Options) -> Result<Self, Error> {
        if options.engine != Engine::Aot || self.image.is_some() {
            return Ok(self.clone());
        }
        let machine = self.machine(options)?;
        let image = machine.recompiler().map(|recompiler| image::Source::new(&recompiler.image()));
        Ok(image.map_or_else(|| self.clone(), |image| self.clone().with_image(image)))
    }

    /// The store of code.
    pub(crate) fn code(&self) -> &CodeStore {
        &self.code
    }

    /// The same ROM, with the code of a store.
    pub(crate) fn with_code(&self, code: CodeStore) -> Self {
        Self { code, ..self.clone() }
    }

    /// The name for people: that of the file without its extension.
    #[cfg(any(feature = "jit", feature = "window"))]
    pub(crate) fn title(&self) -> String {
        match self.path().and_then(Path::file_stem) {
            Some(stem) => stem.to_string_lossy().into_owned(),
            None => self.name.clone(),
        }
    }

    /// The path, unless it is a built-in program or standard input.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.content.is_none().then_some(&self.place)
    }

    /// The path, or the name of a built-in program as one.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// The bytes of the file.
    pub(crate) fn file(&self) -> Result<Vec<u8>, Error> {
        match &self.content {
            Some(bytes) => Ok(bytes.to_vec()),
            None => files::read(&self.place),
        }
    }

    /// The demo.
    pub(crate) fn demo() -> Result<Self, Error> {
        let (name, bytes) = EMBEDDED[0];
        Self::from_bytes(name, bytes)
    }

    /// All built-in programs.
    pub(crate) fn embedded() -> Result<Vec<Self>, Error> {
        EMBEDDED.into_iter().map(|(name, bytes)| Self::from_bytes(name, bytes)).collect()
    }

    /// A ROM that is part of this program.
    pub(crate) fn from_bytes(name: &str, bytes: &'static [u8]) -> Result<Self, Error> {
        let cartridge = Cartridge::load(bytes).map_err(|source| Error::cartridge(Path::new(name), source))?;
        let code = CodeStore::new(&cartridge);
        Ok(Self {
            name: text::path(name),
            place: name.into(),
            cartridge,
            code,
            image: None,
            content: Some(bytes.into()),
        })
    }
}

/// What standard input has, up to one byte more than any ROM.
fn from_stdin() -> Result<Arc<[u8]>, Error> {
    let mut bytes = Vec::new();
    let read = stdin().lock().take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|source| Error::read(Path::new("standard input"), source))?;
    Ok(bytes.into())
}

//! `--standalone`: an executable that is one game.

use crate::cli::rom::Rom;
use crate::error::Error;
use crate::files::{self, Named};
use crate::icon::Icon;
use crate::standalone::Payload;
use crate::standalone::executable::with_payload;
use crate::terminal;
use ricojit::ahead::Target;
use ricojit::text;
use std::path::{Path, PathBuf};

/// The program beside this one that executables are made of: this one without its compiler.
const RUNTIME: &str = "ricojit-runtime";

/// Most bytes of a title.
const MAX_TITLE: usize = 200;

/// The options.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Executables")]
pub(super) struct ExecutableArgs {
    /// Write an executable instead: the emulator, the ROM and its image in one file, which plays without anything
    /// else. Give it to others only if the ROM's licence lets you give them the ROM
    #[arg(long, conflicts_with = "no_output")]
    pub(super) standalone: bool,

    /// The program that the executable is made of [default: ricojit-runtime beside this program; without it, this one]
    #[arg(long, value_name = "FILE", requires = "standalone")]
    runtime: Option<PathBuf>,

    /// The name of the game in its window and in the names of its files [default: that of the ROM]
    #[arg(long, value_name = "TEXT", requires = "standalone", value_parser = title)]
    title: Option<String>,

    /// The icon of its window, at most 256 x 256 pixels
    #[arg(long, value_name = "FILE.png", requires = "standalone")]
    icon: Option<PathBuf>,
}

fn title(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > MAX_TITLE || text.chars().any(char::is_control) {
        return Err(format!("expected 1 to {MAX_TITLE} bytes of text on one line"));
    }
    Ok(text.to_owned())
}

/// What executables are made of.
pub(super) struct Executable<'a> {
    runtime: Vec<u8>,
    path: PathBuf,
    architecture: &'static str,
    title: Option<&'a str>,
    icon: Vec<u8>,
}

impl ExecutableArgs {
    /// The files that are read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = Named<'_>> {
        let runtime = self.runtime.iter().map(|path| ("--runtime", path.as_path()));
        runtime.chain(self.icon.iter().map(|path| ("--icon", path.as_path())))
    }

    /// Reads what executables of so many ROMs are made of; `None` without `--standalone`.
    pub(super) fn read(&self, target: Target, roms: usize) -> Result<Option<Executable<'_>>, Error> {
        if !self.standalone {
            return Ok(None);
        }
        if self.title.is_some() && roms > 1 {
            return Err(Error::Usage("--title names one game: name one ROM".to_owned()));
        }
        let path = self.runtime_path(target)?;
        let runtime = std::fs::read(&path).map_err(|source| Error::read(&path, source))?;
        let icon = match &self.icon {
            None => Vec::new(),
            Some(path) => {
                let file = files::read(path)?;
                Icon::read(&file).map_err(|problem| Error::file(path, &problem))?;
                file
            }
        };
        let architecture = target.architecture();
        Ok(Some(Executable { runtime, path, architecture, title: self.title.as_deref(), icon }))
    }

    fn runtime_path(&self, target: Target) -> Result<PathBuf, Error> {
        if let Some(path) = &self.runtime {
            return Ok(path.clone());
        }
        if !target.is_host() {
            return Err(Error::Usage(format!("name a {RUNTIME} for {target} with --runtime")));
        }
        let this = std::env::current_exe().map_err(|source| Error::read(Path::new("this program"), source))?;
        let runtime = this.with_file_name(RUNTIME);
        if runtime.is_file() {
            return Ok(runtime);
        }
        terminal::say(format_args!(
            "there is no {} (`make build` makes it), so this program is used, with the compiler that is in it",
            text::path(runtime)
        ));
        Ok(this)
    }
}

impl Executable<'_> {
    /// The file for a ROM and its image.
    pub(super) fn bytes(&self, rom: &Rom, image: &[u8]) -> Result<Vec<u8>, Error> {
        let (file, name) = (rom.file()?, rom.title());
        let payload = Payload { title: self.title.unwrap_or(&name).into(), rom: &file, image, icon: &self.icon };
        with_payload(&self.runtime, self.architecture, &payload.to_bytes())
            .map_err(|problem| Error::file(&self.path, &problem))
    }
}

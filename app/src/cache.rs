//! The user's cache: what is known of games from earlier runs, so that the next one starts warm.
//!
//! ```text
//! cache folder, of the user alone                     state folder, of the user alone
//! ROM-version-options.image    native code            cache.key    32 random bytes
//! ROM.profile                  what was entered
//! ```
//!
//! Contract: what [`Cache::load`] gives was written by this user's program under the same name, and is whole: a MAC under
//! the user's key shows that. Whatever else there is, is never used; what is damaged is removed. Files are written whole
//! or not at all, by any number of processes at once. Beyond a limit of size, the file that was used the longest time ago
//! is removed first. No failure here is more than a sentence: a game starts without its cache.

mod entry;
#[cfg_attr(not(unix), path = "cache/folder_absent.rs")]
mod folder;
mod key;

use crate::folders::folders;
use crate::terminal;
pub(crate) use entry::Entry;
use folder::Folder;
use key::Key;
use ricojit::Image;
use ricojit::digest::hex;
use ricojit::recompiler::EntryProfile;
use ricojit::text;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

/// Most bytes of a file: an image has some megabytes.
const FILE_LIMIT: u64 = 64 << 20;

/// What is said of a file that this user's program did not write so.
pub(crate) const DAMAGED: &str = "is damaged, or was not written by this user's ricojit";

/// Why there is no cache, or why something is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("there is no home folder")]
    Home,
    /// A folder that others may have written to.
    #[error("{} {what}", text::path(path))]
    Untrusted { path: PathBuf, what: &'static str },
    /// A key that others may know.
    #[error("{} {what}: if you delete it, a new one is made", text::path(path))]
    Key { path: PathBuf, what: &'static str },
    #[error("cannot {what} {}: {source}", text::path(path))]
    Io { what: &'static str, path: PathBuf, source: io::Error },
    /// There is no cache on this system.
    #[cfg(not(unix))]
    #[error("this system has no folder that is known to be the user's alone")]
    System,
}

impl Problem {
    fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { what, path: path.to_owned(), source }
    }
}

/// What is found under the name of a file.
enum Found {
    Nothing,
    /// Something that is not read, and why.
    Foreign(&'static str),
    /// A regular file of the user; `is_private`: no one else may use it.
    File {
        bytes: Vec<u8>,
        is_private: bool,
    },
}

/// What is found under a name of the cache.
enum Look {
    Nothing,
    /// Something that is not used, and why.
    Foreign(&'static str),
    Damaged,
    Good(Entry),
}

/// A file of a folder.
struct Listed {
    name: String,
    bytes: u64,
    used: SystemTime,
}

/// What a file keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The bytes of an image.
    Image,
    /// The text of an entry profile.
    Profile,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Image, Self::Profile];

    /// One word, which is the extension of files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Profile => "profile",
        }
    }
}

/// The name of a file of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    /// The image of a ROM that is made by a version of the recompiler, under options that are a digit.
    pub(crate) fn image(rom_sha1: [u8; 20], version: u64, options: u8) -> Self {
        Self(format!("{}-{version:016x}-{options:x}.image", hex(rom_sha1)))
    }

    /// The profile of a ROM.
    pub(crate) fn profile(rom_sha1: [u8; 20]) -> Self {
        Self(format!("{}.profile", hex(rom_sha1)))
    }

    /// Reads a name; `None` if we do not make such names.
    fn parse(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == extension)?;
        let words: Vec<&str> = stem.split('-').collect();
        let lengths: &[usize] = match kind {
            Kind::Image => &[40, 16, 1],
            Kind::Profile => &[40],
        };
        let fits = words.iter().map(|word| word.len()).eq(lengths.iter().copied()) && words.iter().all(|w| is_hex(w));
        fits.then(|| Self(name.to_owned()))
    }

    /// What the file keeps.
    pub(crate) fn kind(&self) -> Kind {
        if self.0.ends_with(".image") { Kind::Image } else { Kind::Profile }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_hex(word: &str) -> bool {
    word.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
}

/// A file of the cache, as listings show it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) name: Name,
    /// The game's name when it was written; `None` if the file has none. It is not checked.
    pub(crate) game: Option<String>,
    pub(crate) bytes: u64,
    /// When it was used last.
    pub(crate) used: SystemTime,
}

/// The user's cache.
pub(crate) struct Cache {
    folder: Folder,
    key: Key,
    /// Most bytes of all files.
    limit: u64,
    /// Whether the user was told that something could not be kept.
    has_complained: AtomicBool,
}

impl Cache {
    /// Opens the cache; makes its folder and the key if they are missing.
    pub(crate) fn open(limit: u64) -> Result<Self, Problem> {
        Self::find(limit, true).map(|cache| cache.expect("it was made"))
    }

    /// Opens the cache if there is one.
    pub(crate) fn existing() -> Result<Option<Self>, Problem> {
        Self::find(u64::MAX, false)
    }

    fn find(limit: u64, make: bool) -> Result<Option<Self>, Problem> {
        let folders = folders().ok_or(Problem::Home)?;
        let state = folders.state_dir().unwrap_or(folders.data_local_dir());
        Self::find_in(folders.cache_dir(), state, limit, make)
    }

    fn find_in(cache: &Path, state: &Path, limit: u64, make: bool) -> Result<Option<Self>, Problem> {
        let Some(folder) = Folder::open(cache, make)? else { return Ok(None) };
        let Some(state) = Folder::open(state, true)? else { return Ok(None) };
        let key = Key::of(&state)?;
        Ok(Some(Self { folder, key, limit, has_complained: AtomicBool::new(false) }))
    }

    /// Where a file is.
    pub(crate) fn path(&self, name: &Name) -> PathBuf {
        self.folder.path().join(&name.0)
    }

    /// What was kept under a name. Removes a file that is damaged, and says so.
    pub(crate) fn load(&self, name: &Name) -> Option<Entry> {
        match self.look(name) {
            Ok(Look::Good(entry)) => {
                self.folder.touch(&name.0);
                return Some(entry);
            }
            Ok(Look::Nothing) => {}
            Ok(Look::Damaged) => self.discard(name, DAMAGED),
            Ok(Look::Foreign(what)) => {
                terminal::say(format_args!("{} {what}: it is not used", text::path(self.path(name))));
            }
            Err(source) => terminal::say(Problem::io("read", &self.path(name), source)),
        }
        None
    }

    /// The stamp of what is kept under a name. It is not checked.
    pub(crate) fn stamp(&self, name: &Name) -> Option<u64> {
        match self.folder.read(&name.0, entry::PEEKED) {
            Ok(Found::File { bytes, .. }) => entry::peek(&bytes).map(|(_, stamp)| stamp),
            _ => None,
        }
    }

    fn look(&self, name: &Name) -> io::Result<Look> {
        Ok(match self.folder.read(&name.0, FILE_LIMIT)? {
            Found::Nothing => Look::Nothing,
            Found::Foreign(what) => Look::Foreign(what),
            Found::File { bytes, .. } => entry::open(&self.key, &name.0, bytes).map_or(Look::Damaged, Look::Good),
        })
    }

    /// Removes a file that cannot be used, and says so.
    pub(crate) fn discard(&self, name: &Name, why: impl Display) {
        let path = self.path(name);
        match self.folder.remove(&name.0) {
            Ok(_) => terminal::say(format_args!("{} {why}: removed, it is made again", text::path(path))),
            Err(source) => terminal::say(format_args!("{} {why}: it is not used ({source})", text::path(path))),
        }
    }

    /// Keeps an image. Only what [`Image::to_bytes`] writes is kept under the name of an image.
    pub(crate) fn store_image(&self, name: &Name, game: &str, stamp: u64, image: &Image) -> Result<(), Problem> {
        assert_eq!(name.kind(), Kind::Image);
        self.store(name, game, stamp, &image.to_bytes())
    }

    /// Keeps a profile.
    pub(crate) fn store_profile(&self, name: &Name, game: &str, profile: &EntryProfile) -> Result<(), Problem> {
        assert_eq!(name.kind(), Kind::Profile);
        self.store(name, game, 0, profile.to_string().as_bytes())
    }

    /// Keeps something of a game. Removes what is too much then, but not this.
    fn store(&self, name: &Name, game: &str, stamp: u64, body: &[u8]) -> Result<(), Problem> {
        self.folder.sweep();
        let head = entry::head(&self.key, &name.0, game, stamp, body);
        let written = self.folder.write(&name.0, &[&head, body]);
        written.map_err(|source| Problem::io("write", &self.path(name), source))?;
        self.shrink(name);
        Ok(())
    }

    /// Keeps any bytes under any name.
    #[cfg(test)]
    pub(crate) fn store_bytes(&self, name: &Name, stamp: u64, body: &[u8]) {
        self.store(name, "test", stamp, body).expect("writable");
    }

    /// A cache in a folder of its own.
    #[cfg(test)]
    pub(crate) fn for_tests(test: &str, limit: u64) -> Self {
        let folder = std::env::temp_dir().join(format!("ricojit-cache-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let opened = Self::find_in(&folder.join("cache/deep"), &folder.join("state"), limit, true);
        opened.expect("a folder of our own").expect("it was made")
    }

    /// Says once that something could not be kept.
    pub(crate) fn complain(&self, problem: &Problem) {
        if !self.has_complained.swap(true, Ordering::Relaxed) {
            terminal::say(format_args!("not kept in the cache: {problem}"));
        }
    }

    /// Removes the files that were used the longest time ago until the others fit.
    fn shrink(&self, kept: &Name) {
        let mut files = self.folder.list().unwrap_or_default();
        let mut sum: u64 = files.iter().map(|file| file.bytes).sum();
        files.retain(|file| Name::parse(&file.name).is_some_and(|name| name != *kept));
        files.sort_by_key(|file| file.used);
        for file in files {
            if sum <= self.limit {
                break;
            }
            // Another process may have removed it first.
            if self.folder.remove(&file.name).is_ok() {
                sum = sum.saturating_sub(file.bytes);
            }
        }
    }

    /// The files that we made, the one that was used last at the beginning.
    pub(crate) fn list(&self) -> Result<Vec<Item>, Problem> {
        let mut items = Vec::new();
        for Listed { name, bytes, used } in self.files()? {
            let Some(name) = Name::parse(&name) else { continue };
            let game = match self.folder.read(&name.0, entry::PEEKED) {
                Ok(Found::File { bytes, .. }) => entry::peek(&bytes).map(|(game, _)| game.to_owned()),
                _ => None,
            };
            items.push(Item { name, game, bytes, used });
        }
        items.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.name.0.cmp(&b.name.0)));
        Ok(items)
    }

    /// The names of files that do not keep what was written under their name.
    pub(crate) fn damaged(&self) -> Result<Vec<Name>, Problem> {
        let names = self.files()?.into_iter().filter_map(|file| Name::parse(&file.name));
        // Another process may have removed it.
        let is_damaged = |name: &Name| !matches!(self.look(name), Ok(Look::Good(_) | Look::Nothing));
        Ok(names.filter(is_damaged).collect())
    }

    /// Removes the files that we made and our temporary files; returns how many files, and their bytes.
    pub(crate) fn clear(&self) -> Result<(u64, u64), Problem> {
        let (mut count, mut sum) = (0, 0);
        for Listed { name, bytes, .. } in self.files()? {
            if Name::parse(&name).is_some() || folder::is_temporary(&name) {
                let removed = self.folder.remove(&name);
                if removed.map_err(|source| Problem::io("remove", &self.folder.path().join(&name), source))? {
                    (count, sum) = (count + 1, sum + bytes);
                }
            }
        }
        Ok((count, sum))
    }

    fn files(&self) -> Result<Vec<Listed>, Problem> {
        self.folder.list().map_err(|source| Problem::io("read", self.folder.path(), source))
    }
}

#[cfg(all(test, unix))]
mod tests;

//! The user's key: 32 random bytes in a file that only the user can read. Whoever knows it can write files that the cache
//! takes for its own.

use super::folder::Folder;
use super::{Found, Problem};

const NAME: &str = "cache.key";
const BYTES: usize = 32;

/// The key.
pub(super) struct Key([u8; BYTES]);

impl Key {
    /// The key in a folder; a new one if there is none. Of two processes that make one at once, both get the same.
    pub(super) fn of(folder: &Folder) -> Result<Self, Problem> {
        let path = || folder.path().join(NAME);
        let bad = |what| Problem::Key { path: path(), what };
        // Twice is enough, unless the file is removed at the same time.
        for _ in 0..8 {
            match folder.read(NAME, BYTES as u64 + 1).map_err(|source| Problem::io("read", &path(), source))? {
                Found::File { is_private: false, .. } => return Err(bad("can be read or written to by other users")),
                Found::File { bytes, .. } => return bytes.try_into().map(Self).map_err(|_| bad("has a wrong size")),
                Found::Foreign(what) => return Err(bad(what)),
                Found::Nothing => {
                    let mut bytes = [0; BYTES];
                    getrandom::fill(&mut bytes)
                        .map_err(std::io::Error::other)
                        .and_then(|()| folder.write_new(NAME, &bytes))
                        .map_err(|source| Problem::io("write", &path(), source))?;
                    folder.sweep();
                }
            }
        }
        Err(bad("does not stay"))
    }

    pub(super) fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn for_tests(byte: u8) -> Self {
        Self([byte; BYTES])
    }
}

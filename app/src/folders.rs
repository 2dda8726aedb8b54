//! Where the program keeps its files in the user's home.

use directories::ProjectDirs;
use std::path::PathBuf;

/// The program's folders; `None` if there is no home.
pub(crate) fn folders() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "ricojit")
}

/// The folder of what a process needs of another that died; `None` if there is no home, or no such folder on the system.
pub(crate) fn state() -> Option<PathBuf> {
    let folders = folders()?;
    Some(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned())
}

/// The settings file, which need not exist.
#[cfg(feature = "window")]
pub(crate) fn settings() -> Option<PathBuf> {
    folders().map(|folders| folders.config_dir().join("config.toml"))
}

/// What the settings say of the cache.
#[cfg(any(feature = "jit", feature = "window"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheSettings {
    pub(crate) used: CacheUse,
    /// Most MiB.
    pub(crate) mib: u32,
}

#[cfg(any(feature = "jit", feature = "window"))]
impl Default for CacheSettings {
    fn default() -> Self {
        Self { used: CacheUse::Play, mib: 512 }
    }
}

/// What uses the cache without being asked.
#[cfg(any(feature = "jit", feature = "window"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "window"), expect(dead_code, reason = "the settings file is that of the window"))]
pub(crate) enum CacheUse {
    Never,
    Play,
    /// Also `run`, `test` and `bench`.
    Always,
}

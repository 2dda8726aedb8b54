//! Where the program keeps its files in the user's home.

use directories::ProjectDirs;
#[cfg(feature = "window")]
use std::path::PathBuf;

/// The program's folders; `None` if there is no home.
pub(crate) fn folders() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "ricojit")
}

/// The settings file, which need not exist.
#[cfg(feature = "window")]
pub(crate) fn settings() -> Option<PathBuf> {
    folders().map(|folders| folders.config_dir().join("config.toml"))
}

/// What the settings say of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheSettings {
    pub(crate) used: CacheUse,
    /// Most MiB.
    pub(crate) mib: u32,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { used: CacheUse::Play, mib: 512 }
    }
}

/// What uses the cache without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "window"), expect(dead_code, reason = "the settings file is that of the window"))]
pub(crate) enum CacheUse {
    Never,
    Play,
    /// Also `run`, `test` and `bench`.
    Always,
}

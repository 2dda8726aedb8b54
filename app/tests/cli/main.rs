//! Runs the `ricojit` program without a window, and checks its output, its files and its exit codes.

#[path = "../support/drive.rs"]
mod drive;
#[path = "../support/early.rs"]
mod early;

#[cfg(feature = "jit")]
mod bench;
#[cfg(all(feature = "jit", unix))]
mod cache;
#[cfg(feature = "jit")]
mod compile;
#[cfg(feature = "jit")]
mod images;
mod many;
#[cfg(feature = "jit")]
mod profiles;
#[cfg(unix)]
mod names;
mod run;
#[cfg(all(feature = "jit", target_os = "linux"))]
mod standalone;
mod start;
mod states;
mod test;

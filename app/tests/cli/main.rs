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
mod headers;
#[cfg(feature = "jit")]
mod images;
mod inputs;
mod many;
#[cfg(unix)]
mod names;
#[cfg(unix)]
mod outputs;
#[cfg(feature = "jit")]
mod profiles;
mod run;
#[cfg(unix)]
mod signals;
#[cfg(all(feature = "jit", target_os = "linux"))]
mod standalone;
mod start;
mod states;
mod test;

//! Drives the `ricojit` program as a person would, without a window.

#[path = "../support/drive.rs"]
mod drive;

mod judging;
mod many;
mod run;
#[cfg(feature = "jit")]
mod speed;

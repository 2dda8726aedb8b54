//! A page for each main use of the library.
//!
//! | page               | for                                                                |
//! |--------------------|--------------------------------------------------------------------|
//! | [`run_and_look`]   | running a ROM; its pictures, samples, memory and registers         |
//! | [`feed_input`]     | buttons, the Reset button, scripts and FM2 movies                  |
//! | [`record`]         | pictures in RGB, sound, digests that tell two runs apart           |
//! | [`clone_and_search`] | trying several futures: bots, tool-assisted runs, fuzzing        |
//! | [`many_machines`]  | thousands of machines on several threads                           |
//! | [`compile_ahead`] | native code from the first frame on                                |
//! | [`save_and_load`]  | states in files, and states from untrusted sources                         |

#[doc = include_str!("guide/run_and_look.md")]
pub mod run_and_look {}

#[doc = include_str!("guide/feed_input.md")]
pub mod feed_input {}

#[doc = include_str!("guide/record.md")]
pub mod record {}

#[doc = include_str!("guide/clone_and_search.md")]
pub mod clone_and_search {}

#[doc = include_str!("guide/many_machines.md")]
pub mod many_machines {}

#[cfg(feature = "jit")]
#[doc = include_str!("guide/compile_ahead.md")]
pub mod compile_ahead {}

#[doc = include_str!("guide/save_and_load.md")]
pub mod save_and_load {}

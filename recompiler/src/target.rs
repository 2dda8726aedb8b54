//! What processors code is made for.
//!
//! All targets have pointers of 64 bits and little-endian memory, so everything that code relies on is laid out alike
//! for all of them. The fingerprint in an image proves that where the image is read.

use std::env::consts::ARCH;
use std::fmt;

/// The processors that code is made for, under the calling convention of this host's system.
///
/// A target other than this host's needs the feature of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Target {
    /// Those of this host's architecture.
    #[default]
    Host,
    /// All of x86-64.
    X86_64,
    /// All of AArch64.
    Aarch64,
}

impl Target {
    /// The architecture, as Rust and Cranelift spell it.
    pub const fn architecture(self) -> &'static str {
        match self {
            Self::Host => ARCH,
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }

    /// Whether this host can run its code.
    pub fn is_host(self) -> bool {
        self.architecture() == ARCH
    }

    /// All that code for it needs to be run: architecture, width of pointers, byte order, calling convention.
    pub(crate) fn description(self) -> String {
        let byte_order = if cfg!(target_endian = "little") { "little" } else { "big" };
        let convention = match self.architecture() {
            _ if cfg!(windows) => "windows_fastcall",
            "aarch64" if cfg!(target_vendor = "apple") => "apple_aarch64",
            _ => "system_v",
        };
        format!("{} {} {byte_order} {convention}", self.architecture(), usize::BITS)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.architecture())
    }
}

/// Other targets have the layouts of this host.
#[cfg(any(feature = "aarch64", feature = "x86_64"))]
const _: () = assert!(
    usize::BITS == 64 && cfg!(target_endian = "little"),
    "images for other architectures can be compiled only on little-endian hosts with 64 bits"
);

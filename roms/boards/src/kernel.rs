//! The code that every ROM has: start-up, the checks that a script calls, the IRQ handler, and the report.
//!
//! It is in every bank at the same place below the vectors, so that it runs whatever bank a board shows at $F000-$FFFF. It
//! writes to no address of a cartridge but $6000-$60FF, at the end, and there only if the board has RAM there.
//!
//! Parameters of a check follow its JSR. A check that fails writes `TestFail`, the name of the section, the address of the
//! parameters less one, what it found and what it wanted to $0700, on the screen, and to $6004; the background is then red,
//! after a pass green. Rendering is off.

/// A byte of zero page that no code uses.
pub(crate) const DELAY_SCRATCH: u8 = 0x1F;

/// Where the report is in RAM: `TestPass` or `TestFail`, then text up to a zero.
pub const REPORT: u16 = 0x0700;

/// What `irq` gets if no IRQ came.
pub(crate) const NO_IRQ: u8 = 0xFF;

/// The text; symbols from outside: `start`, the script, and `status`, 1 if the report also goes to $6000.
pub(crate) const TEXT: &str = concat!(
    include_str!("kernel/start.s"),
    include_str!("kernel/checks.s"),
    include_str!("kernel/irq.s"),
    include_str!("kernel/report.s"),
);

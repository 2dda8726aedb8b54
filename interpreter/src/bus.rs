//! What the 6502 sees of the rest of the machine.
//!
//! Every CPU cycle is exactly one [`Bus::read`], [`Bus::fetched`] or [`Bus::write`]; the CPU passes the time along
//! and nothing is ticked. Two questions replace ticking: *may the CPU be halted now?* ([`Bus::stall`]) and
//! *what were the interrupt lines at the end of the last cycle?* ([`Bus::lines`]). Neither needs to be
//! asked before [`Bus::deadline`].

/// CPU cycles since power-on; the only clock. Cycle `n` is the `n`-th bus access (DMA included).
pub type Cycle = u64;

/// The interrupt inputs as the CPU's detectors saw them at the end of a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// An NMI edge (line going low) was detected since the last time the lines were asked for.
    pub nmi: bool,
    /// Somebody pulls the IRQ line. It is a level: it stays until its source is acknowledged.
    pub irq: bool,
}

/// The address and data lines of the 6502, with time.
///
/// `at` never goes back. The bus drives or keeps its own data-bus byte (open bus); the CPU keeps none.
pub trait Bus {
    /// What A is ORed with in ANE and LXA before it meets the operand. It differs between chips and with temperature;
    /// the default is that of the single-step vectors.
    const MAGIC: u8 = 0xEE;

    /// The read cycle number `at`.
    fn read(&mut self, addr: u16, at: Cycle) -> u8;

    /// The write cycle number `at`.
    fn write(&mut self, addr: u16, value: u8, at: Cycle);

    /// Whether [`Bus::code`] tells anything: whether that is worth to be asked.
    const TELLS_CODE: bool = false;

    /// The four bytes from `addr` on, if reading them is nothing but that: plain memory that only writes change.
    ///
    /// Who knows them need not fetch them: below the deadline [`Bus::fetched`] is then as good as [`Bus::read`].
    #[inline]
    fn code(&self, addr: u16) -> Option<[u8; 4]> {
        let _ = addr;
        None
    }

    /// The read cycle number `at`, of a byte that [`Bus::code`] told.
    #[inline]
    fn fetched(&mut self, addr: u16, value: u8, at: Cycle) {
        let _ = (addr, value, at);
    }

    /// What a read would give, without doing it: no side effect, no time. For tracing and disassembly.
    fn peek(&self, addr: u16) -> u8;

    /// The earliest cycle at which the CPU could notice anything by itself.
    ///
    /// For every cycle `at < deadline()`: [`Bus::stall`] would return `at`, and [`Bus::lines`] would report
    /// no NMI edge and no IRQ that is not masked. The answer may be early, never late, and any access may move it.
    fn deadline(&self) -> Cycle;

    /// The lines as of the end of cycle `at - 1`. An NMI edge is reported once: the CPU latches it.
    fn lines(&mut self, at: Cycle) -> Lines;

    /// Asked before every read at or after the deadline. If a DMA unit halts the CPU here, performs its
    /// cycles (halted cycles repeat the read of `addr`, with side effects) and returns the first cycle that
    /// belongs to the CPU again; otherwise returns `at`.
    fn stall(&mut self, addr: u16, at: Cycle) -> Cycle;

    /// Until when reading `addr` from cycle `at` on gives the same byte every time, as long as nothing else is done than
    /// reading steady addresses, and leaves no more behind than the last of these reads alone: so that all but the
    /// last can be left out ([`crate::idle`]). The answer may be early, never late. "Not at all" is `at`.
    fn steady_until(&mut self, addr: u16, at: Cycle) -> Cycle {
        let _ = addr;
        at
    }

    /// The CPU's I flag is now `masked`. With it set, an asserted IRQ does not hold the deadline at "now".
    fn set_irq_mask(&mut self, masked: bool);
}

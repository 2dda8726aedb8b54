//! What the 6502 sees of the rest of the machine.
//!
//! Every CPU cycle is exactly one [`Bus::read`] or [`Bus::write`], or an access to plain memory
//! ([`Bus::HAS_PLAIN`]); the CPU passes the time along and nothing is ticked. Two queries replace ticking: *is the CPU halted now?* ([`Bus::stall`]) and
//! *what were the interrupt lines at the end of the last cycle?* ([`Bus::lines`]). The CPU makes neither before
//! [`Bus::deadline`].

/// CPU cycles since power-on; the only clock. Cycle `n` is the `n`-th bus access (DMA included).
pub type Cycle = u64;

/// The interrupt inputs as the CPU's detectors saw them at the end of a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// An NMI edge (line going low) was detected since the last call of [`Bus::lines`].
    pub nmi: bool,
    /// A device pulls the IRQ line. It is a level: it stays until the device is acknowledged.
    pub irq: bool,
}

/// The address and data lines of the 6502, with time.
///
/// `at` never goes back. The bus drives or keeps its own data-bus byte (open bus); the CPU keeps it for the time of
/// accesses to plain memory.
pub trait Bus {
    /// What A is ORed with in ANE and LXA before the AND with the operand. It differs between chips and with
    /// temperature; the default is that of the single-step vectors.
    const MAGIC: u8 = 0xEE;

    /// The read cycle number `at`.
    fn read(&mut self, addr: u16, at: Cycle) -> u8;

    /// The write cycle number `at`.
    fn write(&mut self, addr: u16, value: u8, at: Cycle);

    /// Whether there is plain memory: memory whose reads have no effect and that only writes change. Then [`Bus::code`],
    /// [`Bus::plain`] and [`Bus::write_plain`] give it to the CPU, which makes no call of [`Bus::read`] and [`Bus::write`]
    /// for those cycles.
    const HAS_PLAIN: bool = false;

    /// The four bytes from `addr` on, if they are plain memory.
    ///
    /// Below the deadline the CPU may then call [`Bus::fetched`] in place of [`Bus::read`] for each of them.
    #[inline]
    fn code(&mut self, addr: u16) -> Option<[u8; 4]> {
        let _ = addr;
        None
    }

    /// The CPU fetches a byte that [`Bus::code`] has given, in cycle `at`. For tests and logs.
    #[inline]
    fn fetched(&mut self, addr: u16, value: u8, at: Cycle) {
        let _ = (addr, value, at);
    }

    /// The byte at `addr`, if it is plain memory.
    #[inline]
    fn plain(&self, addr: u16) -> Option<u8> {
        let _ = addr;
        None
    }

    /// Writes a byte, if it is plain memory at `addr`; otherwise returns false.
    #[inline]
    fn write_plain(&mut self, addr: u16, value: u8) -> bool {
        let _ = (addr, value);
        false
    }

    /// The byte on the external data bus, which is read as open bus. Asked if there is plain memory.
    #[inline]
    fn data_bus(&self) -> u8 {
        0
    }

    /// Sets the byte on the external data bus: after cycles without a call, and before one that is not plain.
    #[inline]
    fn set_data_bus(&mut self, value: u8) {
        let _ = value;
    }

    /// What a read would give, without side effects and without time. For tracing and disassembly.
    fn peek(&self, addr: u16) -> u8;

    /// The earliest cycle at which the CPU may be halted or may find an interrupt.
    ///
    /// For every cycle `at < deadline()`: [`Bus::stall`] would return `at`, and [`Bus::lines`] would report
    /// no NMI edge and no IRQ that is not masked. The answer may be early, never late, and any access may move it.
    fn deadline(&self) -> Cycle;

    /// The lines as of the end of cycle `at - 1`. An NMI edge is reported once: the CPU latches it.
    fn lines(&mut self, at: Cycle) -> Lines;

    /// The CPU has read the low byte of the vector at `addr` in cycle `at`, to go there.
    fn reads_vector(&mut self, addr: u16, at: Cycle) {
        let _ = (addr, at);
    }

    /// Called before every read at or after the deadline. If a DMA unit halts the CPU here, performs its
    /// cycles (halted cycles repeat the read of `addr`, with side effects) and returns the first cycle that
    /// belongs to the CPU again; otherwise returns `at`. `sync` is the 6502's SYNC pin: the read fetches an opcode, or
    /// is the first of an interrupt sequence, which fetches one in vain.
    fn stall(&mut self, addr: u16, at: Cycle, sync: bool) -> Cycle;

    /// The cycle until which `addr` is *steady* when it is read from cycle `at` on: every read gives the same byte, and
    /// all of them together have the effect of the last one alone, as long as the CPU does nothing but read steady
    /// addresses. So all but the last can be skipped (see `idle`). The answer may be early, never late. "Not at all" is
    /// `at`.
    fn steady_until(&mut self, addr: u16, at: Cycle) -> Cycle {
        let _ = addr;
        at
    }

    /// The cycle until which a write of `value` to `addr` changes nothing when it is made from cycle `at` on: the byte is
    /// there already, and all writes together have the effect of the last one alone. As for [`Bus::steady_until`].
    fn inert_until(&mut self, addr: u16, value: u8, at: Cycle) -> Cycle {
        let _ = (addr, value);
        at
    }

    /// The cycle until which [`Bus::stall`] halts nothing and [`Bus::lines`] reports no NMI edge and the IRQ line as it is
    /// now, masked or not, as long as the CPU reads only steady addresses and makes only inert writes. The answer may be
    /// early, never late.
    fn uniform_until(&mut self) -> Cycle {
        0
    }

    /// The CPU's I flag is now `masked`. With it set, an asserted IRQ does not hold the deadline at "now".
    fn set_irq_mask(&mut self, masked: bool);
}

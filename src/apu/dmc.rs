//! Delta modulation channel (<https://www.nesdev.org/wiki/APU_DMC>).
//!
//! | register | bits        | meaning                                                |
//! |----------|-------------|--------------------------------------------------------|
//! | $4010    | `IL-- RRRR` | interrupt enable, loop, index into the rate table      |
//! | $4011    | `-DDD DDDD` | output level                                           |
//! | $4012    | `AAAA AAAA` | sample address $C000 + A * 64                          |
//! | $4013    | `LLLL LLLL` | sample length L * 16 + 1 bytes                         |
//!
//! A timer clocks the *output unit* once a period, at put edges. Unless silent, the unit moves the level by 2 up or
//! down as bit 0 of the shift register says. Then it shifts. Every eighth clock moves the *sample buffer* into the
//! shift register or, if the buffer is empty, silences the unit.
//!
//! The *memory reader* (<https://www.nesdev.org/wiki/DMA>; the latches are those of the chip) requests DMA in every
//! cycle in which `listening` is set and the buffer is empty:
//!
//! ```text
//! $4015 write, bit 4   active <- bit at once; status bit 4 reads it
//! get edge             listening <- heard, heard <- active
//! put edge             if heard and not listening: address and count <- registers
//! ```
//!
//! So a *load* may halt the CPU from the third cycle after a write in a put cycle on, from the fourth after one in a
//! get cycle: a get cycle in both cases. A *reload* is requested from the put edge on at which the output unit emptied
//! the buffer. A stop takes effect with the same delay: a reload in between starts and is *aborted* at the get edge
//! that clears `listening`. The same happens without a $4015 write if a sample of one byte is fetched and its byte
//! moves to the shift register in the second put cycle after: the sample has ended, but `listening` is still set. (A
//! buffer filled in the cycle right before an eighth clock is too late for it. On CPUs from about mid-1990 on it is in
//! time; that is not modelled.)
//!
//! At the edge after the get cycle of a DMA the address and the count of bytes advance. After the last byte they are
//! reloaded; unless the sample loops, `active` is cleared and the interrupt flag, if enabled, is set.

use ricojit_interpreter::Cycle;

use super::clocks_until;
use crate::clock::{NEVER, Region, is_get};
use crate::state::persist;

/// Cycles from power-on or reset to the first clock of the output unit: its counter is a 9-bit shift register that
/// starts from zero and first runs through all its values.
const FIRST_CLOCK: u64 = 1021;

/// The shortest time from the first cycle that a DMA may take to the edge at which its byte is counted.
const SHORTEST_DMA: u64 = 3;

/// The delta modulation channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dmc {
    periods: &'static [u16; 16],
    control: u8,
    address_register: u8,
    length_register: u8,
    irq: bool,

    level: u8,
    /// Zero while silent.
    shift: u8,
    /// Clocks since the last eighth clock, 0 to 7.
    bits: u8,
    silent: bool,
    /// The next clock of the output unit.
    next: Cycle,

    buffer: Option<u8>,
    address: u16,
    /// Bytes to fetch after the current one.
    count: u16,
    active: bool,
    heard: bool,
    listening: bool,
    /// The next edge, while the three flags differ.
    flags_at: Cycle,
    /// The edge at which the byte just fetched is counted.
    counted_at: Cycle,
}

impl Dmc {
    pub(super) fn new(region: Region, at: Cycle) -> Self {
        let mut this = Self {
            periods: &region.cpu().dmc_periods,
            control: 0,
            address_register: 0,
            length_register: 0,
            irq: false,
            level: 0,
            shift: 0,
            bits: 0,
            silent: true,
            next: NEVER,
            buffer: None,
            address: 0,
            count: 0,
            active: false,
            heard: false,
            listening: false,
            flags_at: NEVER,
            counted_at: NEVER,
        };
        this.reset(at);
        this
    }

    /// Power-on or reset before cycle `at`. The registers stay, and bit 0 of the level.
    pub(super) fn reset(&mut self, at: Cycle) {
        self.level &= 1;
        (self.shift, self.bits, self.silent) = (0, 0, true);
        (self.buffer, self.address, self.count) = (None, 0x8000, 0);
        (self.irq, self.active, self.heard, self.listening) = (false, false, false, false);
        (self.flags_at, self.counted_at) = (NEVER, NEVER);
        // Clocks are put edges.
        self.next = (at + FIRST_CLOCK) | 1;
    }

    /// A write to $4010 to $4013; the channel has been advanced to its cycle.
    pub(super) fn write(&mut self, addr: u16, value: u8) {
        match addr & 3 {
            0 => {
                self.control = value;
                self.irq &= self.irq_enabled();
            }
            1 => self.level = value & 0x7f,
            2 => self.address_register = value,
            _ => self.length_register = value,
        }
    }

    /// Writes `value` to $4010 to $4013 in cycle `at` if the output and its next change stay as they are; the channel
    /// need not be advanced. Returns whether it is written. The registers of address and length are read at an edge.
    #[inline]
    pub(super) fn write_silently(&mut self, addr: u16, value: u8, at: Cycle) -> bool {
        let inaudible = match addr & 3 {
            0 => self.control == value && (!self.irq || self.irq_enabled()),
            1 => self.level == value & 0x7f && self.next_change() > at,
            _ => true,
        };
        if inaudible {
            self.write(addr, value);
        }
        inaudible
    }

    /// Bit 4 of a $4015 write in cycle `at`. Any such write clears the interrupt flag.
    pub(super) fn enable(&mut self, active: bool, at: Cycle) {
        self.irq = false;
        self.active = active;
        self.plan_flags(at);
    }

    /// Whether [`Dmc::enable`] would change nothing.
    #[inline]
    pub(super) fn is_enabled(&self, active: bool) -> bool {
        !self.irq && self.active == active && self.flags_at == NEVER
    }

    /// Called in cycle `at`: while the three flags differ, the next edge moves them on.
    fn plan_flags(&mut self, at: Cycle) {
        let equal = self.active == self.heard && self.heard == self.listening;
        self.flags_at = if equal { NEVER } else { at + 1 };
    }

    fn irq_enabled(&self) -> bool {
        self.control & 0x80 != 0
    }

    fn looping(&self) -> bool {
        self.control & 0x40 != 0
    }

    pub(super) fn period(&self) -> u64 {
        u64::from(self.periods[usize::from(self.control & 0x0f)])
    }

    /// Bit 4 of $4015.
    pub(super) fn active(&self) -> bool {
        self.active
    }

    /// The interrupt flag, bit 7 of $4015: it pulls the IRQ line.
    pub(super) fn irq(&self) -> bool {
        self.irq
    }

    /// The address of the wanted byte, if DMA is requested in the present cycle.
    pub(super) fn request(&self) -> Option<u16> {
        (self.listening && self.buffer.is_none()).then_some(self.address)
    }

    /// The get cycle `at` of a DMA delivered `value`; the channel has been advanced to it.
    pub(super) fn supply(&mut self, value: u8, at: Cycle) {
        self.buffer = Some(value);
        self.counted_at = at + 1;
    }

    /// The earliest cycle, from the caught-up cycle `now` on, in which there may be a request.
    pub(super) fn next_request(&self, now: Cycle) -> Cycle {
        if !(self.active || self.heard || self.listening) {
            NEVER
        } else if self.buffer.is_some() {
            self.eighth_clock()
        } else if self.listening {
            now
        } else {
            let get = if is_get(now) { now + 2 } else { now + 1 };
            if self.heard { get } else { get + 2 }
        }
    }

    /// The earliest cycle, from the caught-up cycle `now` on, in which the interrupt flag may be set.
    pub(super) fn next_irq(&self, now: Cycle) -> Cycle {
        if self.irq {
            return now;
        }
        if !self.irq_enabled() || self.looping() {
            return NEVER;
        }
        if self.counted_at != NEVER {
            return self.counted_at;
        }
        let request = self.next_request(now);
        if request == NEVER {
            return NEVER;
        }
        let loading = (self.active || self.heard) && !self.listening;
        let count = if loading { u64::from(self.length_register) * 16 } else { u64::from(self.count) };
        // The second byte may be requested right after the first, each later one not before eight clocks.
        request + SHORTEST_DMA + count.saturating_sub(1) * 8 * self.period()
    }

    /// The edge at which the output unit takes the next byte.
    pub(super) fn eighth_clock(&self) -> Cycle {
        self.next + u64::from(7 - self.bits) * self.period()
    }

    /// The next edge at which the CPU could notice something. Clocks that only change the output are not among them.
    pub(super) fn due(&self) -> Cycle {
        let output = if self.buffer.is_some() { self.eighth_clock() } else { NEVER };
        output.min(self.flags_at).min(self.counted_at)
    }

    /// Does the work of the edge that begins cycle `at`, without the output unit's: call [`Dmc::advance`] first.
    pub(super) fn edge(&mut self, at: Cycle) {
        if self.counted_at == at {
            self.counted_at = NEVER;
            self.count_byte();
            self.plan_flags(at - 1);
        }
        if self.flags_at == at {
            if is_get(at) {
                self.listening = self.heard;
                self.heard = self.active;
            } else if self.heard && !self.listening {
                self.load();
            }
            self.plan_flags(at);
        }
    }

    fn load(&mut self) {
        self.address = 0xc000 | u16::from(self.address_register) << 6;
        self.count = u16::from(self.length_register) << 4;
    }

    fn count_byte(&mut self) {
        if self.count > 0 {
            self.count -= 1;
            self.address = self.address.wrapping_add(1) | 0x8000;
            return;
        }
        self.load();
        if !self.looping() {
            self.active = false;
            self.irq = self.irq_enabled();
        }
    }

    /// Clocks the output unit for all edges up to the one that begins cycle `at`.
    pub(super) fn advance(&mut self, at: Cycle) {
        let period = self.period();
        while self.next <= at {
            if self.silent && self.buffer.is_none() {
                let clocks = clocks_until(&mut self.next, period, at);
                self.bits = (u64::from(self.bits) + clocks) as u8 & 7;
            } else if self.next + period <= at && self.bits < 6 {
                let clocks = ((at - self.next) / period + 1).min(u64::from(7 - self.bits));
                self.move_level(clocks as u32);
                self.bits += clocks as u8;
                self.next += clocks * period;
            } else {
                self.clock();
            }
        }
    }

    /// Several clocks at once, none of them the eighth.
    fn move_level(&mut self, clocks: u32) {
        if !self.silent {
            let ups = (self.shift & ((1 << clocks) - 1)).count_ones() as u8;
            let downs = clocks as u8 - ups;
            if (16..112).contains(&self.level) {
                self.level = self.level + 2 * ups - 2 * downs;
            } else {
                (0..clocks).for_each(|bit| self.move_once(self.shift >> bit & 1));
            }
        }
        self.shift >>= clocks;
    }

    fn move_once(&mut self, bit: u8) {
        match bit {
            0 if self.level >= 2 => self.level -= 2,
            1 if self.level <= 125 => self.level += 2,
            _ => {}
        }
    }

    /// As [`Dmc::advance`]; calls `change` with the cycle and the new level of each change.
    #[inline]
    pub(super) fn play(&mut self, at: Cycle, mut change: impl FnMut(Cycle, u8)) {
        loop {
            while !self.silent && self.next <= at {
                let (cycle, before) = (self.next, self.level);
                self.clock();
                if self.level != before {
                    change(cycle, self.level);
                }
            }
            let next = self.next_change();
            self.advance(at.min(next));
            if next > at {
                return;
            }
        }
    }

    #[inline]
    fn clock(&mut self) {
        if !self.silent {
            self.move_once(self.shift & 1);
        }
        self.shift >>= 1;
        self.bits = (self.bits + 1) & 7;
        if self.bits == 0 {
            // A byte that arrived in the cycle before this edge is too late.
            let byte = if self.counted_at == self.next { None } else { self.buffer.take() };
            self.silent = byte.is_none();
            self.shift = byte.unwrap_or(0);
        }
        self.next += self.period();
    }

    /// The output level now, 0 to 127.
    pub(super) fn level(&self) -> u8 {
        self.level
    }

    /// The cycle in which the output may next change if no register is written and no byte arrives.
    pub(super) fn next_change(&self) -> Cycle {
        if !self.silent {
            self.next
        } else if self.buffer.is_some() {
            self.eighth_clock()
        } else {
            NEVER
        }
    }
}

persist!(Dmc {
    control,
    address_register,
    length_register,
    irq,
    level: within(0..=127),
    shift,
    bits: within(0..=7),
    silent,
    next: time(1..=FIRST_CLOCK + 1),
    buffer,
    address: within(0x8000..=0xFFFF),
    count: within(0..=0xFF0),
    active,
    heard,
    listening,
    flags_at: time_or_never(1..=4),
    counted_at: time_or_never(1..=4),
}; advanced);

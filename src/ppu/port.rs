//! An access of $2007 outside of rendering, as a whole.
//!
//! ```text
//! dot after the access   1          2            3           4                      5
//!                        v goes out v is latched write       read, v is incremented v goes out
//! ```
//!
//! Dot by dot this is what `effects` and `data_port_second_half` do with the stages of [`data_port`]. Where nothing
//! else goes on, the five dots are committed at once: a program that fills memory in vblank makes hundreds of accesses.

use super::line::LINE_END;
use super::{Dot, NEVER, Ppu, VideoBus, data_port};

/// From the access to the dot that leaves nothing of it.
const ACCESS_DOTS: u64 = 5;

impl Ppu {
    /// Whether an access of $2007 is under way.
    #[inline]
    pub(super) fn is_port_busy(&self) -> bool {
        self.read_port | self.write_port != 0
    }

    /// Whether an access of $2007 was just made, and it alone happens in the next dots, all of them before `target`.
    #[inline]
    pub(super) fn is_lone_access(&self, target: Dot) -> bool {
        self.read_port + self.write_port == data_port::START
            && self.mask_due == NEVER
            && self.v_due == NEVER
            && self.rendering_late == self.rendering
            && self.now + ACCESS_DOTS <= target
            && if self.active {
                self.has_lines()
                    && self.is_blank_but_for_access()
                    && self.dot + ACCESS_DOTS as u16 <= LINE_END
                    && !(self.draws() && self.is_at_palette())
            } else {
                self.uneventful_dots() >= ACCESS_DOTS
            }
    }

    /// Whether v is, or will be after the access, where a line without rendering shows it.
    fn is_at_palette(&self) -> bool {
        [self.scroll.v, self.scroll.v + 32].iter().any(|v| v & 0x3F00 == 0x3F00)
    }

    /// Commits the access that [`Ppu::is_lone_access`] found.
    pub(super) fn commit_access<V: VideoBus>(&mut self, bus: &mut V) {
        let (read, write) = (self.read_port, self.write_port);
        let first = self.now;
        if self.address != self.scroll.v & 0x3FFF {
            self.drive_address(bus, self.scroll.v);
        }
        self.now = first + 1;
        self.drive_address(bus, self.scroll.v);
        for (dot, stage) in [(2, data_port::WRITE), (3, data_port::STEP)] {
            self.now = first + dot;
            (self.read_port, self.write_port) = (read * stage, write * stage);
            self.data_port_second_half(bus);
        }
        self.now = first + 4;
        if self.address != self.scroll.v & 0x3FFF {
            self.drive_address(bus, self.scroll.v);
        }
        (self.read_port, self.write_port) = (0, 0);
        self.busy = false;
        self.now = first;
        if self.active { self.commit_blank(ACCESS_DOTS as u16) } else { self.skip_idle(ACCESS_DOTS) }
    }
}

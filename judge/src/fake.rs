//! A fake machine for the tests of judges: memory that a test writes.

use crate::{Finding, Judge, Probe, Step};
use ricojit::Buttons;
use ricojit::Frame;

pub(super) struct Fake {
    pub(super) cpu: Vec<u8>,
    pub(super) ppu: Vec<u8>,
    pub(super) frame: Frame,
    pub(super) jammed: bool,
    pub(super) exit_code: Option<u8>,
}

impl Default for Fake {
    fn default() -> Self {
        let (cpu, ppu) = (vec![0; 0x10000], vec![0; 0x4000]);
        Self { cpu, ppu, frame: Frame::default(), jammed: false, exit_code: None }
    }
}

impl Fake {
    /// Writes `bytes` into the CPU's address space.
    pub(super) fn poke(&mut self, addr: usize, bytes: &[u8]) {
        self.cpu[addr..addr + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes `text` into the nametable as ASCII tiles.
    pub(super) fn print(&mut self, addr: usize, text: &str) {
        self.ppu[addr..addr + text.len()].copy_from_slice(text.as_bytes());
    }

    /// Calls the judge after each of `frames`; returns the first answer that is not `Wait`, with its frame.
    pub(super) fn watch(&self, judge: &mut dyn Judge, frames: std::ops::Range<u64>) -> Option<(u64, Step)> {
        frames.map(|frame| (frame, judge.look(frame, self))).find(|(_, step)| *step != Step::Wait)
    }

    /// The finding within `frames`.
    pub(super) fn finding(&self, judge: &mut dyn Judge, frames: std::ops::Range<u64>) -> Finding {
        match self.watch(judge, frames) {
            Some((_, Step::Done(finding))) => finding,
            other => panic!("no finding but {other:?}"),
        }
    }
}

/// The frames in which the judge presses buttons, with the buttons.
pub(super) fn presses(judge: &mut dyn Judge, range: std::ops::Range<u64>) -> Vec<(u64, Buttons)> {
    range.map(|frame| (frame, judge.buttons(frame))).filter(|(_, held)| *held != Buttons::NONE).collect()
}

impl Probe for Fake {
    fn peek(&self, addr: u16) -> u8 {
        self.cpu[usize::from(addr)]
    }
    fn peek_ppu(&self, addr: u16) -> u8 {
        self.ppu[usize::from(addr)]
    }
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn jammed(&self) -> bool {
        self.jammed
    }
    fn exit_code(&self) -> Option<u8> {
        self.exit_code
    }
}

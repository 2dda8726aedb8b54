//! A smoke test, for ROMs without a verdict: they only have to run. If the manifest has reference pictures, they are
//! compared and the result is reported; it decides nothing, because a reference is what one emulator showed.
//!
//! ```text
//! lines       ...-261   0-239   240-261   0-239   240-261   0-239
//! Ricojit     ┌──────── 1 ────┐ ┌──────── 2 ────┐ ┌──────── 3 ────┐
//! reference   ┌── 1 ──┐ ┌────── 2 ──────┐ ┌────── 3 ──────┐ ┌────
//! ```
//!
//! Frames of Ricojit end with line 239, those of the reference with the pre-render line: the picture after N frames of the
//! reference is the one after N - 1 of Ricojit, and frames of the reference begin, with new buttons, in the middle of ours.

use crate::{Entry, Finding, Judge, Kind, Probe, Step, Verdict};
use ricojit::digest::hex;
use ricojit::{Buttons, Frame};
use sha1::{Digest, Sha1};

/// Frames for which a button of [`GAME_SCRIPT`] is held.
const PRESS_FRAMES: u64 = 6;

/// The input of pad 1 in games, by frame of the reference; it gets most games through their menus.
const GAME_SCRIPT: [(u64, Buttons); 8] = [
    (120, Buttons::START),
    (200, Buttons::START),
    (260, Buttons::A),
    (320, Buttons::START),
    (400, Buttons::RIGHT),
    (460, Buttons::A),
    (520, Buttons::B),
    (600, Buttons::START),
];

/// How many frames the reference has run when it shows the picture after `frames` frames of Ricojit.
pub const fn reference_frames(frames: u64) -> u64 {
    frames + 1
}

/// The buttons of pad 1 in a game after `reference_frames` frames of the reference.
pub fn game_buttons(reference_frames: u64) -> Buttons {
    let held = GAME_SCRIPT.iter().find(|(from, _)| (*from..from + PRESS_FRAMES).contains(&reference_frames));
    held.map_or(Buttons::NONE, |(_, button)| *button)
}

/// The judge: waits, and compares pictures.
pub(super) struct Smoke {
    is_game: bool,
    references: Vec<(u64, String)>,
    equal: Vec<u64>,
    different: Vec<u64>,
}

impl Smoke {
    pub(super) fn new(entry: &Entry) -> Result<Self, String> {
        let is_game = entry.judge == Kind::Game;
        Ok(Self { is_game, references: entry.references()?, equal: Vec::new(), different: Vec::new() })
    }
}

/// The SHA-1 of the palette indices of a picture, one byte per pixel, without emphasis.
pub fn fingerprint(frame: &Frame) -> String {
    let bytes: Vec<u8> = frame.pixels().iter().map(|pixel| (pixel & 0x3F) as u8).collect();
    hex(Sha1::digest(bytes))
}

impl Judge for Smoke {
    fn buttons(&mut self, frame: u64) -> Buttons {
        if self.is_game { game_buttons(reference_frames(frame)) } else { Buttons::NONE }
    }

    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let frames = reference_frames(frames);
        if let Some((_, reference)) = self.references.iter().find(|(frame, _)| *frame == frames) {
            let same = fingerprint(probe.frame()) == *reference;
            if same { &mut self.equal } else { &mut self.different }.push(frames);
        }
        Step::Wait
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        let frames = |list: &[u64]| list.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !self.equal.is_empty() {
            parts.push(format!("the picture equals the reference after {} frames", frames(&self.equal)));
        }
        if !self.different.is_empty() {
            parts.push(format!("the picture differs from the reference after {} frames", frames(&self.different)));
        }
        if probe.jammed() {
            parts.push("the CPU has jammed".to_owned());
        }
        Finding::new(Verdict::Ran, parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{Fake, presses};

    #[test]
    fn pictures_are_compared_but_decide_nothing() {
        let mut fake = Fake::default();
        fake.frame.pixels_mut()[5] = 0x0C1;
        let same = fingerprint(&fake.frame);
        fake.frame.pixels_mut()[5] = 0x001;
        assert_eq!(same, fingerprint(&fake.frame), "without emphasis");
        // The SHA-1 of 61,440 zero bytes, from sha1sum.
        assert_eq!(fingerprint(&Frame::default()), "d2258cfecefde0e3ad67dd5b9883a2bbc60890e8");
        let mut entry = Entry::new("x.nes", Kind::Visual, 300);
        entry.ref_hashes = [("60".to_owned(), same), ("61".to_owned(), "00".to_owned())].into();
        let mut judge = Smoke::new(&entry).unwrap();
        // The reference shows our picture 59 after 60 frames.
        let other = Fake::default();
        assert_eq!(other.watch(&mut judge, 1..59), None);
        assert_eq!(fake.watch(&mut judge, 59..60), None);
        assert_eq!(other.watch(&mut judge, 60..301), None);
        let finding = judge.give_up(&fake);
        assert_eq!(finding.verdict, Verdict::Ran);
        assert_eq!(
            finding.detail,
            "the picture equals the reference after 60 frames; the picture differs from the reference after 61 frames"
        );
    }

    #[test]
    fn only_games_get_input() {
        let mut game = Smoke::new(&Entry::new("x.nes", Kind::Game, 700)).unwrap();
        let held = presses(&mut game, 0..700);
        assert_eq!(held.len(), 8 * 6);
        assert_eq!((held[0], held[5].0, held[47]), ((119, Buttons::START), 124, (604, Buttons::START)));
        let mut visual = Smoke::new(&Entry::new("x.nes", Kind::Visual, 700)).unwrap();
        assert!(presses(&mut visual, 0..700).is_empty());
    }
}

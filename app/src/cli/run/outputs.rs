//! The files that a run writes while it runs.

use super::cdl::Cdl;
use super::request::{self, Due, Request};
use super::sound::Recording;
use super::{Args, Span, palette};
use crate::error::Error;
use crate::files;
use crate::picture::write_png;
use ricojit::{Machine, Palette};

/// Files that are written during a run.
pub(super) struct Outputs {
    pub(super) palette: Palette,
    screenshots: Vec<Due>,
    states: Vec<Due>,
    recording: Option<Recording>,
    cdl: Option<Cdl>,
}

impl Outputs {
    /// Opens the outputs of a run.
    pub(super) fn open(args: &Args, span: Span, machine: &Machine) -> Result<Self, Error> {
        let palette = palette(args)?;
        let due = |option, requests: &[Request]| -> Result<Vec<Due>, Error> {
            requests.iter().map(|request| Due::open(option, request, span)).collect()
        };
        let screenshots = due("--screenshot", &args.screenshot)?;
        let states = due("--save-state", &args.save_state)?;
        let recording = args.wav.as_deref().map(|path| Recording::open(path, args.sample_rate.hz())).transpose()?;
        let cdl = Cdl::open(args, machine.cartridge())?;
        Ok(Self { palette, screenshots, states, recording, cdl })
    }

    /// Runs a frame, for the log if there is one.
    pub(super) fn run_frame(&mut self, machine: &mut Machine) {
        match &mut self.cdl {
            Some(cdl) => cdl.run_frame(machine),
            None => machine.run_frame(),
        }
    }

    /// Whether there is a screenshot of frame `frame`, counted from 1 at power-on.
    pub(super) fn wants_picture(&self, frame: u64) -> bool {
        self.screenshots.iter().any(|shot| shot.frame == frame)
    }

    /// Writes the screenshots and states of frame `frame`, which just ended.
    pub(super) fn take_frame(&mut self, frame: u64, machine: &Machine) -> Result<(), Error> {
        let palette = &self.palette;
        request::write_due(&mut self.screenshots, frame, |output| write_png(output, machine.frame(), palette))?;
        request::write_due(&mut self.states, frame, |output| files::write(output, machine.save()))
    }

    /// Records the samples of the frame that just ended.
    pub(super) fn take_sound(&mut self, machine: &Machine) -> Result<(), Error> {
        self.recording.as_mut().map_or(Ok(()), |recording| recording.write(machine.samples()))
    }

    /// Commits the files that span the whole run.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.recording.map_or(Ok(()), Recording::finish)?;
        self.cdl.map_or(Ok(()), Cdl::write)
    }
}

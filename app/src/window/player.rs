//! The machine thread: executes commands, runs frames when they are due, and passes on pictures and samples.

use super::config::Config;
use super::handover::Maker;
use super::journal::Journal;
use super::latch::Latch;
use super::meter::Meter;
use super::overlay::Stats;
use super::pacing::Pacer;
use super::save::Battery;
use super::screenshot;
use super::sound::{News, Sound};
use super::speed::Throttle;
use crate::ignored::Ignored;
use crate::terminal;
use ricojit::Engine;
use ricojit::Frame;
use ricojit::IgnoredWrites;
use ricojit::Machine;
use ricojit::Palette;
use ricojit::input::{Buttons, Pad, script};
use ricojit::text;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// The minimum time between pictures, however fast the machine runs: one refresh of a display.
const PICTURE_TIME: Duration = Duration::from_nanos(16_600_000);

/// How often sound device and battery are checked in a pause.
const PAUSE_TICK: Duration = Duration::from_millis(100);

/// A step of the volume, in percent.
const VOLUME_STEP: i8 = 5;

/// A command from the main thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Press buttons.
    Press(Pad, Buttons),
    /// Release buttons.
    Release(Pad, Buttons),
    /// Start or stop fast-forward.
    FastForward(bool),
    /// Toggle unlimited speed.
    Unlimited,
    /// The next slower speed.
    Slower,
    /// The next faster speed.
    Faster,
    /// Normal speed.
    Normal,
    /// Pause or continue.
    Pause,
    /// Run one frame, then pause.
    Advance,
    /// Press Reset.
    Reset,
    /// Switch the console off and on.
    Power,
    /// Write a screenshot.
    Screenshot,
    /// Toggle mute.
    Mute,
    /// Volume up.
    Louder,
    /// Volume down.
    Quieter,
    /// Switch to the other engine.
    Engine,
    /// Quit.
    Quit,
}

/// A picture with the statistics.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture {
    pub(super) frame: Frame,
    pub(super) stats: Stats,
}

/// The parts of a player.
pub(super) struct Parts {
    pub(super) machine: Machine,
    pub(super) config: Config,
    pub(super) palette: Palette,
    pub(super) pictures: Maker<Picture>,
    pub(super) messages: Sender<String>,
    pub(super) battery: Battery,
    pub(super) screenshots: PathBuf,
    /// The base name of screenshots.
    pub(super) name: String,
    pub(super) journal: Journal,
}

/// The machine, with everything that plays it.
pub(super) struct Player {
    parts: Parts,
    latch: Latch,
    throttle: Throttle,
    pacer: Pacer,
    sound: Sound,
    meter: Meter,
    start: Instant,
    paused: bool,
    /// Frames to run in spite of the pause.
    advance: u32,
    /// When the next picture is due.
    picture_due: Duration,
    held: [Buttons; 2],
    /// Frames since the start, and the number of the shown one.
    frames: u64,
    shown: u64,
    /// Whether there was a sound device before.
    silent: bool,
    /// The writes that the PPU had ignored a frame ago; and whether the user was told of them.
    ignored: Option<IgnoredWrites>,
    told_of_ignored: bool,
}

impl Player {
    pub(super) fn new(parts: Parts) -> Self {
        let config = &parts.config;
        let throttle = Throttle::new(config.speed, config.fast_forward);
        let mut pacer = Pacer::new(parts.machine.region().frames_per_second(), Duration::ZERO);
        pacer.set_speed(throttle.speed(), Duration::ZERO);
        Self {
            latch: Latch::new(config.opposites),
            throttle,
            pacer,
            sound: Sound::new(config.sound, config.volume),
            meter: Meter::default(),
            start: Instant::now(),
            paused: false,
            advance: 0,
            picture_due: Duration::ZERO,
            held: [Buttons::NONE; 2],
            frames: 0,
            shown: 0,
            silent: false,
            ignored: None,
            told_of_ignored: false,
            parts,
        }
    }

    /// Plays until it is told to quit, or until the main thread has ended.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        while self.wait(commands) {
            self.frame();
        }
        self.sound.hold(true);
        let underruns = self.sound.status().underruns;
        let Parts { battery, machine, journal, .. } = self.parts;
        battery.finish(&machine);
        journal.note(format_args!("underruns {underruns}"));
    }

    /// Executes commands until a frame is due; returns false to quit.
    fn wait(&mut self, commands: &Receiver<Command>) -> bool {
        loop {
            let running = !self.paused || self.advance > 0;
            let patience = match running {
                true if self.paused => Duration::ZERO,
                true => self.pacer.wait(self.start.elapsed()),
                false => PAUSE_TICK,
            };
            match commands.recv_timeout(patience) {
                Ok(Command::Quit) | Err(RecvTimeoutError::Disconnected) => return false,
                Ok(command) => self.act(command),
                Err(RecvTimeoutError::Timeout) if running => return true,
                Err(RecvTimeoutError::Timeout) => self.idle(),
            }
        }
    }

    /// Checks sound device and battery in a pause.
    fn idle(&mut self) {
        self.take_sound_news();
        self.parts.battery.tick(&self.parts.machine, self.start.elapsed());
    }

    fn frame(&mut self) {
        let now = self.start.elapsed();
        self.pacer.ran(now);
        self.advance = self.advance.saturating_sub(1);
        let speed = self.throttle.speed();
        // Between due pictures, the shown one stays.
        let shown = !speed.is_fast() || now >= self.picture_due || self.paused;
        if shown {
            self.picture_due = now + PICTURE_TIME;
        }
        self.take_buttons();
        let machine = &mut self.parts.machine;
        machine.set_render(shown);
        machine.run_frame();
        self.frames += 1;
        if self.frames == 600 {
            self.parts.journal.moment("600 frames");
        }
        self.tell_of_ignored_writes();
        if shown {
            self.shown = self.frames;
            self.show();
        }
        self.take_sound_news();
        if !self.paused {
            self.sound.frame(self.parts.machine.samples(), speed);
        }
        self.meter.frame(&self.parts.machine, now, self.start.elapsed());
        self.parts.battery.tick(&self.parts.machine, now);
    }

    /// Tells once that the PPU has ignored writes, when it does so no more.
    fn tell_of_ignored_writes(&mut self) {
        let ignored = self.parts.machine.ignored_writes();
        if !self.told_of_ignored && ignored.is_some() && ignored == self.ignored {
            self.told_of_ignored = true;
            if let Some(ignored) = Ignored::of(&self.parts.machine) {
                terminal::say(&ignored);
                self.journal(&ignored);
                self.say(ignored.to_string());
            }
        }
        self.ignored = ignored;
    }

    fn take_buttons(&mut self) {
        for pad in [Pad::One, Pad::Two] {
            let buttons = self.latch.take(pad);
            let held = &mut self.held[pad as usize];
            if buttons != *held {
                *held = buttons;
                let (number, names) = (pad as usize + 1, script::buttons_text(buttons));
                self.parts.journal.note(format_args!("input {} {number} {names}", self.frames));
            }
            self.parts.machine.set_buttons(pad, buttons);
        }
    }

    /// Publishes the last picture with the current statistics.
    fn show(&mut self) {
        let machine = &self.parts.machine;
        let picture = self.parts.pictures.back();
        picture.frame.pixels_mut().copy_from_slice(machine.frame().pixels());
        picture.stats = Stats {
            frame: self.shown,
            paused: self.paused,
            speed: self.throttle.speed(),
            engine: machine.options().engine,
            sound: self.sound.status(),
            ..self.meter.stats()
        };
        self.parts.pictures.publish();
    }

    fn act(&mut self, command: Command) {
        match command {
            Command::Press(pad, buttons) => return self.latch.press(pad, buttons),
            Command::Release(pad, buttons) => return self.latch.release(pad, buttons),
            Command::Pause => self.pause(!self.paused),
            Command::Advance => self.advance(),
            Command::Reset => {
                self.parts.machine.reset();
                self.note("reset");
            }
            Command::Power => {
                self.parts.machine.power();
                self.note("power");
            }
            Command::Screenshot => self.screenshot(),
            Command::Engine => self.change_engine(),
            Command::Mute | Command::Louder | Command::Quieter => self.change_sound(command),
            _ => self.change_speed(command),
        }
        if self.paused && self.advance == 0 {
            // The picture is the same, its text may not be.
            self.show();
        }
    }

    fn pause(&mut self, paused: bool) {
        self.paused = paused;
        self.sound.hold(paused);
        self.journal(if paused { "paused" } else { "running" });
        if paused {
            self.parts.battery.flush(&self.parts.machine);
            // Pause on a picture: in fast-forward the last frame may have none.
            self.advance = u32::from(self.shown != self.frames);
        } else {
            self.advance = 0;
            self.pacer.restart(self.start.elapsed());
        }
    }

    fn advance(&mut self) {
        if self.paused {
            self.advance += 1;
        } else {
            self.pause(true);
            self.advance = 1;
        }
    }

    fn change_speed(&mut self, command: Command) {
        match command {
            Command::FastForward(held) => self.throttle.hold(held),
            Command::Unlimited => self.throttle.toggle_unlimited(),
            Command::Slower => self.throttle.slower(),
            Command::Faster => self.throttle.faster(),
            _ => self.throttle.normal(),
        }
        let speed = self.throttle.speed();
        self.pacer.set_speed(speed, self.start.elapsed());
        self.journal(format_args!("speed {speed}"));
        self.say(format!("speed {speed}"));
    }

    fn change_sound(&mut self, command: Command) {
        match command {
            Command::Mute => self.sound.toggle_mute(),
            Command::Louder => self.sound.change_volume(VOLUME_STEP),
            _ => self.sound.change_volume(-VOLUME_STEP),
        }
        let status = self.sound.status();
        self.say(if status.muted { "muted".to_owned() } else { format!("volume {}", status.volume) });
    }

    /// Continues on the other engine in the same state.
    fn change_engine(&mut self) {
        let machine = &self.parts.machine;
        let engine = match machine.options().engine {
            Engine::Interpreter if self.parts.config.engine == Engine::Interpreter => Engine::Jit,
            Engine::Interpreter => self.parts.config.engine,
            _ => Engine::Interpreter,
        };
        match machine.with_engine(engine, machine.options().jit) {
            Ok(machine) => self.parts.machine = machine,
            Err(problem) => return self.say(problem.to_string()),
        }
        self.meter.restart();
        let name = engine.name();
        self.journal(format_args!("engine {name}"));
        self.say(format!("engine {name}"));
    }

    /// Writes the shown picture on a separate thread: compressing takes longer than a frame.
    fn screenshot(&self) {
        let Parts { machine, palette, screenshots, name, messages, journal, .. } = &self.parts;
        let (frame, palette) = (machine.frame().clone(), palette.clone());
        let (folder, name) = (screenshots.clone(), format!("{name}-{:06}", self.shown));
        let (messages, journal, number) = (messages.clone(), journal.clone(), self.shown);
        std::thread::spawn(move || {
            let text = match screenshot::write(&folder, &name, &frame, &palette) {
                Ok(path) => {
                    journal.note(format_args!("screenshot {number} {}", text::path(&path)));
                    format!("wrote {}", text::path(&path))
                }
                Err(error) => error.to_string(),
            };
            // The window may be closed by now; the file is written.
            let _ = messages.send(text);
        });
    }

    fn take_sound_news(&mut self) {
        match self.sound.news() {
            Some(News::Opened(rate)) => {
                self.journal(format_args!("sound opened {rate}"));
                if self.silent {
                    self.silent = false;
                    self.say("sound is back".to_owned());
                }
            }
            Some(News::Lost(reason)) => {
                self.journal("sound lost");
                self.silent = true;
                terminal::say(format_args!("no sound: {reason}"));
                self.say(format!("no sound: {reason}"));
            }
            None => {}
        }
    }

    fn say(&self, text: String) {
        // Fails when the window is closing.
        let _ = self.parts.messages.send(text);
    }

    /// Logs an input event.
    fn note(&self, what: &str) {
        self.parts.journal.note(format_args!("input {} {what}", self.frames));
        self.say(what.to_owned());
    }

    /// Logs an event at the current frame.
    fn journal(&self, event: impl std::fmt::Display) {
        self.parts.journal.note(format_args!("at {} {event}", self.frames));
    }
}

//! The window on the screen: shows pictures and sends key presses. All use of minifb is here, on the main thread.

use super::desktop;
use super::handover::Viewer;
use super::journal::Journal;
use super::keys::{Action, Event, Keyboard};
use super::layout::Layout;
use super::overlay::{Detail, Messages};
use super::player::{Command, Picture};
use super::text::{Canvas, Corner};
use crate::error::Error;
use crate::icon::Icon;
use crate::stop;
use minifb::{InputCallback, Key, Scale, ScaleMode, WindowOptions};
use ricojit::Palette;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

/// How often keys are processed.
const POLL: Duration = Duration::from_millis(4);

/// The picture is redrawn at least this often: another window may have covered it, and messages expire.
const REDRAW: Duration = Duration::from_millis(250);

/// The parts of a display.
pub(super) struct Parts {
    pub(super) title: String,
    pub(super) icon: Option<Icon>,
    pub(super) scale: f64,
    pub(super) fullscreen: bool,
    pub(super) layout: Layout,
    pub(super) keyboard: Keyboard,
    pub(super) palette: Palette,
    pub(super) pictures: Viewer<Picture>,
    pub(super) messages: Receiver<String>,
    pub(super) commands: Sender<Command>,
    pub(super) journal: Journal,
}

/// An open window.
pub(super) struct Display {
    window: minifb::Window,
    keys: Receiver<(Key, bool)>,
    parts: Parts,
    pixels: Vec<u32>,
    size: (usize, usize),
    /// The size of the window before full screen.
    windowed: (usize, usize),
    full: bool,
    active: bool,
    detail: Detail,
    messages: Messages,
    start: Instant,
    drawn: Option<Instant>,
    /// Whether a picture of the machine was drawn.
    has_begun: bool,
}

/// Receives every key event: polling the keyboard misses short presses.
struct Keys(Sender<(Key, bool)>);

impl InputCallback for Keys {
    fn add_char(&mut self, _: u32) {}

    fn set_key_state(&mut self, key: Key, down: bool) {
        // The receiver lives as long as the window.
        let _ = self.0.send((key, down));
    }
}

impl Display {
    /// Opens the window.
    pub(super) fn open(parts: Parts) -> Result<Self, Error> {
        let (width, height) = parts.layout.window_size(parts.scale);
        let options = WindowOptions {
            resize: true,
            scale: Scale::X1,
            // We scale: minifb has neither factor 3 nor pixels that are not square.
            scale_mode: ScaleMode::UpperLeft,
            ..WindowOptions::default()
        };
        let mut window = minifb::Window::new(&parts.title, width, height, options)
            .map_err(|error| Error::window(error.to_string().trim_end_matches('.')))?;
        // minifb would sleep in our thread.
        window.set_target_fps(0);
        let (sender, keys) = mpsc::channel();
        window.set_input_callback(Box::new(Keys(sender)));
        if let Some(icon) = &parts.icon {
            desktop::set_icon(window.get_window_handle() as usize as u32, icon);
        }
        let full = parts.fullscreen;
        let mut opened = Self {
            window,
            keys,
            parts,
            pixels: Vec::new(),
            size: (0, 0),
            windowed: (width, height),
            full: false,
            active: false,
            detail: Detail::default(),
            messages: Messages::default(),
            start: Instant::now(),
            drawn: None,
            has_begun: false,
        };
        if full {
            opened.toggle_fullscreen();
        }
        Ok(opened)
    }

    /// Shows pictures and sends key presses until the window is closed or the user quits.
    pub(super) fn run(mut self) {
        let mut open = true;
        while open && self.window.is_open() && stop::signal().is_none() {
            let fresh = self.parts.pictures.take(POLL);
            if fresh {
                self.note_shown();
            }
            self.take_messages();
            let stale = self.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW);
            if fresh || stale || self.window.get_size() != self.size {
                self.draw();
            } else {
                self.window.update();
            }
            open = self.take_keys();
        }
        // The machine thread may have ended.
        let _ = self.parts.commands.send(Command::Quit);
    }

    fn note_shown(&self) {
        self.parts.journal.note(format_args!("shown {}", self.parts.pictures.front().stats.frame));
    }

    fn take_messages(&mut self) {
        let now = self.start.elapsed();
        while let Ok(text) = self.parts.messages.try_recv() {
            self.messages.push(text, now);
        }
    }

    fn draw(&mut self) {
        let (width, height) = self.window.get_size();
        let Parts { layout, palette, pictures, journal, .. } = &self.parts;
        let picture = pictures.front();
        if self.size != (width, height) {
            self.size = (width, height);
            self.pixels = vec![0; width * height];
            let area = layout.area(width, height);
            journal.note(format_args!("window {width} {height} {} {} {} {}", area.x, area.y, area.width, area.height));
        }
        if self.pixels.is_empty() {
            return self.window.update();
        }
        layout.draw(&picture.frame, palette, &mut self.pixels, width, height);
        let mut messages = self.messages.lines(self.start.elapsed());
        if picture.stats.paused {
            messages.push("paused".to_owned());
        }
        let within = layout.area(width, height);
        let mut canvas = Canvas { pixels: &mut self.pixels, width };
        for (lines, corner) in [(picture.stats.lines(self.detail), Corner::TopLeft), (messages, Corner::BottomLeft)] {
            if !lines.is_empty() {
                let area = canvas.write(&lines, corner, within);
                journal.note(format_args!("text {} {} {} {}", area.x, area.y, area.width, area.height));
            }
        }
        journal.note("drawn");
        // It fails if the buffer has a wrong size, which it has not, or if the connection is lost: then the next update
        // closes the window.
        let _ = self.window.update_with_buffer(&self.pixels, width, height);
        if !self.has_begun && picture.stats.frame > 0 {
            self.has_begun = true;
            journal.moment("first picture");
        }
        self.drawn = Some(Instant::now());
    }

    /// Sends key presses as commands; returns false to quit.
    fn take_keys(&mut self) -> bool {
        let active = self.window.is_active();
        let mut events = Vec::new();
        if self.active && !active {
            events = self.parts.keyboard.release_all();
        }
        self.active = active;
        while let Ok((key, down)) = self.keys.try_recv() {
            events.extend(self.parts.keyboard.change(key, down));
        }
        events.into_iter().all(|event| self.act(event))
    }

    fn act(&mut self, event: Event) -> bool {
        let command = match (event.action, event.begins) {
            (Action::Button(pad, buttons), true) => Command::Press(pad, buttons),
            (Action::Button(pad, buttons), false) => Command::Release(pad, buttons),
            (Action::FastForward, held) => Command::FastForward(held),
            (_, false) => return true,
            (Action::Quit, _) => return false,
            (Action::Fullscreen, _) => {
                self.toggle_fullscreen();
                return true;
            }
            (Action::Overlay, _) => {
                self.detail = self.detail.next();
                self.drawn = None;
                return true;
            }
            (Action::Tell(command), _) => command,
        };
        self.parts.journal.note(format_args!("key {command:?}"));
        // If the machine thread has ended, so does this one.
        self.parts.commands.send(command).is_ok()
    }

    fn toggle_fullscreen(&mut self) {
        if !self.full && self.size != (0, 0) {
            self.windowed = self.size;
        }
        let handle = self.window.get_window_handle() as usize as u32;
        let (width, height) = self.windowed;
        if desktop::set_fullscreen(handle, !self.full, (width as u32, height as u32)) {
            self.full = !self.full;
        } else {
            self.messages.push("no full screen here: try --x11".to_owned(), self.start.elapsed());
        }
    }
}

//! The keyboard: names of keys, their bindings, and which keys are down.
//!
//! A binding is a key with its modifiers: `r` is a button of player 2, `ctrl+r` resets. When a key goes down, of the
//! bindings whose modifiers are all held, the one with the most modifiers starts its action, which ends when the key goes
//! up. A modifier key can be bound like any other (Right Shift is Select).

use super::player::Command;
use minifb::Key;
use ricojit::{Buttons, Pad};
use std::fmt;

/// The action of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Hold a button.
    Button(Pad, Buttons),
    /// Fast-forward while held.
    FastForward,
    /// Toggle full screen.
    Fullscreen,
    /// The next detail of the overlay.
    Overlay,
    /// A command for the machine thread.
    Tell(Command),
    /// Quit.
    Quit,
}

/// A row of the table of bindings.
pub(super) struct Row {
    /// The section in the settings file.
    pub(super) section: &'static str,
    /// The name in the settings file.
    pub(super) name: &'static str,
    pub(super) action: Action,
    /// The default keys.
    pub(super) keys: &'static [&'static str],
    /// The explanation in the settings file.
    pub(super) help: &'static str,
}

const fn button(
    section: &'static str,
    pad: Pad,
    name: &'static str,
    bit: Buttons,
    keys: &'static [&'static str],
) -> Row {
    Row { section, name, action: Action::Button(pad, bit), keys, help: "" }
}

const fn key(name: &'static str, action: Action, keys: &'static [&'static str], help: &'static str) -> Row {
    Row { section: "keys", name, action, keys, help }
}

/// All actions and their default keys.
#[rustfmt::skip]
pub(super) const ROWS: [Row; 33] = [
    button("player1", Pad::One, "up",     Buttons::UP,     &["up"]),
    button("player1", Pad::One, "down",   Buttons::DOWN,   &["down"]),
    button("player1", Pad::One, "left",   Buttons::LEFT,   &["left"]),
    button("player1", Pad::One, "right",  Buttons::RIGHT,  &["right"]),
    button("player1", Pad::One, "a",      Buttons::A,      &["x"]),
    button("player1", Pad::One, "b",      Buttons::B,      &["z"]),
    button("player1", Pad::One, "select", Buttons::SELECT, &["rightshift", "a"]),
    button("player1", Pad::One, "start",  Buttons::START,  &["enter", "s"]),
    button("player2", Pad::Two, "up",     Buttons::UP,     &["i"]),
    button("player2", Pad::Two, "down",   Buttons::DOWN,   &["k"]),
    button("player2", Pad::Two, "left",   Buttons::LEFT,   &["j"]),
    button("player2", Pad::Two, "right",  Buttons::RIGHT,  &["l"]),
    button("player2", Pad::Two, "a",      Buttons::A,      &["g"]),
    button("player2", Pad::Two, "b",      Buttons::B,      &["f"]),
    button("player2", Pad::Two, "select", Buttons::SELECT, &["r"]),
    button("player2", Pad::Two, "start",  Buttons::START,  &["t"]),
    key("fast_forward", Action::FastForward,              &["tab"],     "runs at speed.fast_forward while held"),
    key("unlimited",    Action::Tell(Command::Unlimited), &["f9"],      "unlimited speed and back"),
    key("slower",       Action::Tell(Command::Slower),    &["-"],       "the next slower speed, down to x0.25"),
    key("faster",       Action::Tell(Command::Faster),    &["="],       "the next faster speed, up to x16"),
    key("normal_speed", Action::Tell(Command::Normal),    &["0"],       "speed x1"),
    key("pause",        Action::Tell(Command::Pause),     &["escape", "pause"], "pauses and continues"),
    key("advance",      Action::Tell(Command::Advance),   &["`"],       "runs one frame, then pauses"),
    key("reset",        Action::Tell(Command::Reset),     &["ctrl+r"],  "presses the Reset button of the console"),
    key("power",        Action::Tell(Command::Power),     &["ctrl+t"],  "switches the console off and on"),
    key("screenshot",   Action::Tell(Command::Screenshot), &["f12"],     "writes the picture as PNG"),
    key("fullscreen",   Action::Fullscreen,               &["f11"],     "full screen and back"),
    key("overlay",      Action::Overlay,                  &["f10"],     "shows speed, then all statistics, then nothing"),
    key("mute",         Action::Tell(Command::Mute),      &["m"],       "sound off and on"),
    key("louder",       Action::Tell(Command::Louder),    &["pageup"],  "volume up"),
    key("quieter",      Action::Tell(Command::Quieter),   &["pagedown"], "volume down"),
    key("engine",       Action::Tell(Command::Engine),    &["e"],       "switches between interpreter and native code"),
    key("quit",         Action::Quit,                     &["ctrl+q"],  "ends the program"),
];

/// Keys by name.
#[rustfmt::skip]
const NAMES: [(&str, Key); 69] = [
    ("0", Key::Key0), ("1", Key::Key1), ("2", Key::Key2), ("3", Key::Key3), ("4", Key::Key4),
    ("5", Key::Key5), ("6", Key::Key6), ("7", Key::Key7), ("8", Key::Key8), ("9", Key::Key9),
    ("a", Key::A), ("b", Key::B), ("c", Key::C), ("d", Key::D), ("e", Key::E), ("f", Key::F), ("g", Key::G),
    ("h", Key::H), ("i", Key::I), ("j", Key::J), ("k", Key::K), ("l", Key::L), ("m", Key::M), ("n", Key::N),
    ("o", Key::O), ("p", Key::P), ("q", Key::Q), ("r", Key::R), ("s", Key::S), ("t", Key::T), ("u", Key::U),
    ("v", Key::V), ("w", Key::W), ("x", Key::X), ("y", Key::Y), ("z", Key::Z),
    ("f1", Key::F1), ("f2", Key::F2), ("f3", Key::F3), ("f4", Key::F4), ("f5", Key::F5), ("f6", Key::F6),
    ("f7", Key::F7), ("f8", Key::F8), ("f9", Key::F9), ("f10", Key::F10), ("f11", Key::F11), ("f12", Key::F12),
    ("up", Key::Up), ("down", Key::Down), ("left", Key::Left), ("right", Key::Right),
    ("'", Key::Apostrophe), ("`", Key::Backquote), ("\\", Key::Backslash), (",", Key::Comma), ("=", Key::Equal),
    ("[", Key::LeftBracket), ("-", Key::Minus), (".", Key::Period), ("]", Key::RightBracket), (";", Key::Semicolon),
    ("/", Key::Slash), ("space", Key::Space), ("enter", Key::Enter), ("tab", Key::Tab), ("escape", Key::Escape),
    ("backspace", Key::Backspace), ("delete", Key::Delete),
];

/// More keys by name.
#[rustfmt::skip]
const MORE_NAMES: [(&str, Key); 33] = [
    ("insert", Key::Insert), ("home", Key::Home), ("end", Key::End), ("pageup", Key::PageUp),
    ("pagedown", Key::PageDown), ("pause", Key::Pause), ("menu", Key::Menu), ("capslock", Key::CapsLock),
    ("scrolllock", Key::ScrollLock), ("leftshift", Key::LeftShift), ("rightshift", Key::RightShift),
    ("leftctrl", Key::LeftCtrl), ("rightctrl", Key::RightCtrl), ("leftalt", Key::LeftAlt), ("rightalt", Key::RightAlt),
    ("numlock", Key::NumLock), ("num0", Key::NumPad0), ("num1", Key::NumPad1), ("num2", Key::NumPad2),
    ("num3", Key::NumPad3), ("num4", Key::NumPad4), ("num5", Key::NumPad5), ("num6", Key::NumPad6),
    ("num7", Key::NumPad7), ("num8", Key::NumPad8), ("num9", Key::NumPad9), ("num.", Key::NumPadDot),
    ("num/", Key::NumPadSlash), ("num*", Key::NumPadAsterisk), ("num-", Key::NumPadMinus), ("num+", Key::NumPadPlus),
    ("numenter", Key::NumPadEnter), ("leftsuper", Key::LeftSuper),
];

fn key_named(name: &str) -> Option<Key> {
    NAMES.iter().chain(&MORE_NAMES).find(|(known, _)| *known == name).map(|&(_, key)| key)
}

/// Modifiers, one bit each.
const CTRL: u8 = 1;
const SHIFT: u8 = 2;
const ALT: u8 = 4;
const MODIFIERS: [(&str, u8, [Key; 2]); 3] = [
    ("ctrl", CTRL, [Key::LeftCtrl, Key::RightCtrl]),
    ("shift", SHIFT, [Key::LeftShift, Key::RightShift]),
    ("alt", ALT, [Key::LeftAlt, Key::RightAlt]),
];

/// A key and its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chord {
    key: Key,
    modifiers: u8,
}

impl Chord {
    /// Parses `key`, `ctrl+key`, `ctrl+shift+key`, ...
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_lowercase();
        let (mut rest, mut modifiers) = (lower.as_str(), 0);
        while let Some((word, after)) = rest.split_once('+') {
            let Some((_, bit, _)) = MODIFIERS.iter().find(|(name, ..)| *name == word) else { break };
            modifiers |= bit;
            rest = after;
        }
        match key_named(rest) {
            Some(key) => Ok(Self { key, modifiers }),
            None => Err(format!("there is no key `{rest}`")),
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, bit, _) in MODIFIERS {
            if self.modifiers & bit != 0 {
                write!(f, "{name}+")?;
            }
        }
        let known = NAMES.iter().chain(&MORE_NAMES).find(|(_, key)| *key == self.key);
        f.write_str(known.map_or("?", |(name, _)| name))
    }
}

/// The bindings. A chord has at most one action, so their order does not matter.
#[derive(Clone, Debug)]
pub(super) struct Bindings(Vec<(Chord, Action)>);

impl PartialEq for Bindings {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|binding| other.0.contains(binding))
    }
}

impl Default for Bindings {
    fn default() -> Self {
        let mut bindings = Self(Vec::new());
        for row in &ROWS {
            let chords = row.keys.iter().map(|key| Chord::parse(key).expect("the table names keys that exist"));
            bindings.bind(row.action, chords.collect());
        }
        bindings
    }
}

impl Bindings {
    /// Binds exactly these chords to the action; they lose their old actions.
    pub(super) fn bind(&mut self, action: Action, chords: Vec<Chord>) {
        self.0.retain(|(chord, bound)| *bound != action && !chords.contains(chord));
        self.0.extend(chords.into_iter().map(|chord| (chord, action)));
    }

    /// The action of a key while these modifiers are held.
    fn action(&self, key: Key, modifiers: u8) -> Option<Action> {
        let fits = |chord: &Chord| chord.key == key && chord.modifiers & !modifiers == 0;
        let fitting = self.0.iter().filter(|(chord, _)| fits(chord));
        fitting.max_by_key(|(chord, _)| chord.modifiers.count_ones()).map(|&(_, action)| action)
    }
}

/// The start or the end of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) action: Action,
    pub(super) begins: bool,
}

/// The keys that are down, with their actions.
#[derive(Clone, Debug)]
pub(super) struct Keyboard {
    bindings: Bindings,
    down: Vec<(Key, Option<Action>)>,
}

impl Keyboard {
    pub(super) fn new(bindings: Bindings) -> Self {
        Self { bindings, down: Vec::new() }
    }

    /// Processes a key that went down or up. Ignores the repetitions of a held key.
    pub(super) fn change(&mut self, key: Key, down: bool) -> Option<Event> {
        let position = self.down.iter().position(|(held, _)| *held == key);
        match (position, down) {
            (None, true) => {
                let action = self.bindings.action(key, self.modifiers());
                self.down.push((key, action));
                action.map(|action| Event { action, begins: true })
            }
            (Some(position), false) => {
                let (_, action) = self.down.swap_remove(position);
                // Another key may hold the same action.
                let action = action.filter(|action| self.down.iter().all(|(_, other)| other.as_ref() != Some(action)));
                action.map(|action| Event { action, begins: false })
            }
            _ => None,
        }
    }

    /// Releases all keys: a window without focus receives no releases.
    pub(super) fn release_all(&mut self) -> Vec<Event> {
        let keys: Vec<Key> = self.down.iter().map(|(key, _)| *key).collect();
        keys.into_iter().filter_map(|key| self.change(key, false)).collect()
    }

    fn modifiers(&self) -> u8 {
        let held = |keys: &[Key]| self.down.iter().any(|(key, _)| keys.contains(key));
        MODIFIERS.iter().filter(|(.., keys)| held(keys)).fold(0, |bits, (_, bit, _)| bits | bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(action: Action) -> Option<Event> {
        Some(Event { action, begins: true })
    }

    fn ends(action: Action) -> Option<Event> {
        Some(Event { action, begins: false })
    }

    #[test]
    fn names_and_default_keys_are_unique() {
        let bound: usize = ROWS.iter().map(|row| row.keys.len()).sum();
        assert_eq!(Bindings::default().0.len(), bound, "no key does two things");
        for (i, (name, key)) in NAMES.iter().chain(&MORE_NAMES).enumerate() {
            let others = NAMES.iter().chain(&MORE_NAMES).skip(i + 1);
            assert!(others.clone().all(|(other, _)| other != name), "{name} twice");
            assert!(others.clone().all(|(_, other)| other != key), "{name} has two names");
            assert_eq!(Chord::parse(name).map(|chord| chord.to_string()), Ok((*name).to_owned()));
        }
    }

    #[test]
    fn a_chord_is_modifiers_and_a_key() {
        assert_eq!(Chord::parse("Ctrl+R"), Ok(Chord { key: Key::R, modifiers: CTRL }));
        assert_eq!(Chord::parse("shift+alt+F1"), Ok(Chord { key: Key::F1, modifiers: SHIFT | ALT }));
        assert_eq!(Chord::parse("num+"), Ok(Chord { key: Key::NumPadPlus, modifiers: 0 }));
        assert_eq!(Chord::parse("ctrl+num+"), Ok(Chord { key: Key::NumPadPlus, modifiers: CTRL }));
        for bad in ["", "ctrl+", "ctrl", "hyper+x", "+", "xx"] {
            assert!(Chord::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_chord_with_most_modifiers_wins_until_its_key_goes_up() {
        let mut keyboard = Keyboard::new(Bindings::default());
        let select = Action::Button(Pad::Two, Buttons::SELECT);
        assert_eq!(keyboard.change(Key::R, true), begins(select));
        assert_eq!(keyboard.change(Key::LeftCtrl, true), None);
        assert_eq!(keyboard.change(Key::R, true), None, "a repetition");
        assert_eq!(keyboard.change(Key::R, false), ends(select));
        assert_eq!(keyboard.change(Key::R, true), begins(Action::Tell(Command::Reset)));
        assert_eq!(keyboard.change(Key::LeftCtrl, false), None);
        assert_eq!(keyboard.change(Key::R, false), ends(Action::Tell(Command::Reset)));
        assert_eq!(keyboard.change(Key::R, false), None, "it is up");
    }

    #[test]
    fn a_rebound_key_loses_its_old_action() {
        let mut bindings = Bindings::default();
        bindings.bind(Action::Tell(Command::Pause), vec![Chord::parse("x").expect("a key")]);
        let mut keyboard = Keyboard::new(bindings);
        assert_eq!(keyboard.change(Key::X, true), begins(Action::Tell(Command::Pause)));
        assert_eq!(keyboard.change(Key::Escape, true), None);
    }

    #[test]
    fn a_modifier_key_can_be_a_button() {
        let mut keyboard = Keyboard::new(Bindings::default());
        assert_eq!(keyboard.change(Key::RightShift, true), begins(Action::Button(Pad::One, Buttons::SELECT)));
        assert_eq!(keyboard.change(Key::Tab, true), begins(Action::FastForward));
        assert_eq!(keyboard.change(Key::X, true), begins(Action::Button(Pad::One, Buttons::A)));
    }

    #[test]
    fn a_button_is_held_until_the_last_of_its_keys_is_up() {
        let mut keyboard = Keyboard::new(Bindings::default());
        let start = Action::Button(Pad::One, Buttons::START);
        assert_eq!(keyboard.change(Key::Enter, true), begins(start));
        assert_eq!(keyboard.change(Key::S, true), begins(start));
        assert_eq!(keyboard.change(Key::Enter, false), None);
        assert_eq!(keyboard.change(Key::S, false), ends(start));
    }

    #[test]
    fn losing_focus_releases_all_keys() {
        let mut keyboard = Keyboard::new(Bindings::default());
        keyboard.change(Key::Left, true);
        keyboard.change(Key::Tab, true);
        keyboard.change(Key::Y, true);
        let released = keyboard.release_all();
        assert_eq!(released.len(), 2);
        assert!(released.iter().all(|event| !event.begins));
        assert_eq!(keyboard.change(Key::Left, false), None);
        assert_eq!(keyboard.change(Key::Left, true), begins(Action::Button(Pad::One, Buttons::LEFT)));
    }
}

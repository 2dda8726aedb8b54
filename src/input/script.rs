//! Input scripts: text for writing by hand, one event per line.
//!
//! ```text
//! # FRAME PAD BUTTONS, or FRAME and reset, power or loop
//! 120 1 start        # held from the start of frame 120
//! 126 1 -            # nothing held
//! 130 1 right+a
//! 130 2 b
//! 600 reset
//! 900 loop           # from frame 900 on, everything repeats from frame 0
//! ```
//!
//! Frame 0 is the first after power-on. Buttons stay held until the next line for their pad. Lines may be in any order;
//! those of one frame take effect from top to bottom. Case and spacing do not matter.

use super::movie::{Action, Event, Movie, MovieError, Problem};
use super::{Buttons, Pad};
use crate::text;

/// The buttons by name.
const NAMES: [(&str, Buttons); 8] = [
    ("a", Buttons::A),
    ("b", Buttons::B),
    ("select", Buttons::SELECT),
    ("start", Buttons::START),
    ("up", Buttons::UP),
    ("down", Buttons::DOWN),
    ("left", Buttons::LEFT),
    ("right", Buttons::RIGHT),
];

/// A line that is not empty.
enum Line {
    Event(Event),
    /// The movie restarts in this frame.
    Loop(u64),
}

/// Reads the content of a script. The movie has neither a length nor a region.
///
/// ```
/// use ricojit::input::script;
///
/// let movie = script::parse(b"20 1 right\n90 1 right+a\n100 1 -\n")?;
/// assert_eq!(movie.events().len(), 3);
/// # Ok::<(), ricojit::input::movie::MovieError>(())
/// ```
///
/// # Errors
///
/// [`MovieError`] with the first line that is not valid.
pub fn parse(content: &[u8]) -> Result<Movie, MovieError> {
    let mut events = Vec::new();
    let mut period: Option<u64> = None;
    let mut loop_line = 0;
    for (line, bytes) in text::lines(content) {
        let at = |problem| MovieError { line, problem };
        match std::str::from_utf8(bytes).map_err(|_| Problem::NotText).and_then(self::line).map_err(at)? {
            None => {}
            Some(Line::Event(event)) => events.push(event),
            Some(Line::Loop(_)) if period.is_some() => return Err(at(Problem::Loop)),
            Some(Line::Loop(frame)) => (period, loop_line) = (Some(frame), line),
        }
    }
    let Some(period) = period else { return Ok(Movie::new(events, None, None)) };
    if period == 0 || events.iter().any(|event| event.frame >= period) {
        return Err(MovieError { line: loop_line, problem: Problem::Loop });
    }
    Ok(Movie::new(events, None, None).repeated(period))
}

/// Reads a line; `None` if it is empty.
fn line(line: &str) -> Result<Option<Line>, Problem> {
    let line = line.split('#').next().unwrap_or_default();
    if line.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return Err(Problem::NotText);
    }
    let words: Vec<String> = line.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let frame = |at: &str| at.parse().map_err(|_| Problem::Frame(at.to_owned()));
    let (at, action) = match words[..] {
        [] => return Ok(None),
        [at, "loop"] => return Ok(Some(Line::Loop(frame(at)?))),
        [at, "reset"] => (at, Action::Reset),
        [at, "power"] => (at, Action::Power),
        [at, pad, held] => (at, Action::Hold(self::pad(pad)?, buttons(held)?)),
        _ => return Err(Problem::NotAnEvent),
    };
    Ok(Some(Line::Event(Event { frame: frame(at)?, action })))
}

fn pad(word: &str) -> Result<Pad, Problem> {
    match word {
        "1" => Ok(Pad::One),
        "2" => Ok(Pad::Two),
        _ => Err(Problem::Pad(word.to_owned())),
    }
}

fn buttons(word: &str) -> Result<Buttons, Problem> {
    let mut held = Buttons::NONE;
    if word == "-" {
        return Ok(held);
    }
    for name in word.split('+') {
        let button = NAMES.iter().find(|row| row.0 == name);
        held |= button.ok_or_else(|| Problem::Button(name.to_owned()))?.1;
    }
    Ok(held)
}

/// Buttons as a script spells them: `right+a` style, in the order of the controller, or `-` for none.
pub fn buttons_text(buttons: Buttons) -> String {
    let held: Vec<&str> = NAMES.iter().filter(|row| buttons.contains(row.1)).map(|row| row.0).collect();
    if held.is_empty() { "-".to_owned() } else { held.join("+") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_of_buttons_is_read_back() {
        for bits in 0..=255 {
            let text = buttons_text(Buttons(bits));
            assert_eq!(buttons(&text), Ok(Buttons(bits)), "{text}");
        }
    }

    #[test]
    fn a_script_becomes_its_events() {
        let text = b"# a comment\n\n 120 1 Start+A # held\r\n126 1 -\n60 2 up+right\n600 RESET\n601 power";
        let movie = parse(text).expect("a good script");
        let hold = |frame, pad, buttons| Event { frame, action: Action::Hold(pad, buttons) };
        assert_eq!(
            movie.events(),
            [
                hold(60, Pad::Two, Buttons::UP | Buttons::RIGHT),
                hold(120, Pad::One, Buttons::START | Buttons::A),
                hold(126, Pad::One, Buttons::NONE),
                Event { frame: 600, action: Action::Reset },
                Event { frame: 601, action: Action::Power },
            ]
        );
        assert_eq!((movie.frames(), movie.region()), (None, None));
    }

    #[test]
    fn a_loop_repeats_the_script() {
        let event = Event { frame: 1, action: Action::Hold(Pad::One, Buttons::A) };
        let expected = Movie::new(vec![event], None, None).repeated(9);
        assert_eq!(parse(b"9 Loop\n1 1 a"), Ok(expected));
    }

    #[test]
    fn an_error_names_the_line() {
        for (text, line, problem) in [
            (&b"1 1 a\n2 1\n"[..], 2, Problem::NotAnEvent),
            (b"x 1 a", 1, Problem::Frame("x".to_owned())),
            (b"-1 1 a", 1, Problem::Frame("-1".to_owned())),
            (b"99999999999999999999 1 a", 1, Problem::Frame("99999999999999999999".to_owned())),
            (b"1 3 a", 1, Problem::Pad("3".to_owned())),
            (b"1 1 a+", 1, Problem::Button(String::new())),
            (b"1 1 turbo", 1, Problem::Button("turbo".to_owned())),
            (b"\n\n1 1 a b", 3, Problem::NotAnEvent),
            (b"1 1 a\n\xFF\xFE", 2, Problem::NotText),
            (b"NES\x1A\x02", 1, Problem::NotText),
            (b"0 1 a\n0 loop", 2, Problem::Loop),
            (b"1 1 a\n9 loop\n9 1 -", 2, Problem::Loop),
            (b"1 1 a\n9 loop\n19 loop", 3, Problem::Loop),
            (b"x loop", 1, Problem::Frame("x".to_owned())),
        ] {
            assert_eq!(parse(text), Err(MovieError { line, problem }));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn damaged_scripts_are_read_without_a_panic(text in "([0-9]{1,22}|[a#-])( (1|2|3|reset|power|loop))?( (a|b|\\+|-|up|start){0,4})?\n{0,2}") {
            let _ = parse(text.as_bytes());
        }

        #[test]
        fn held_buttons_are_read_back(frame in any::<u64>(), held in any::<u8>()) {
            let names: Vec<_> = NAMES.iter().filter(|row| Buttons(held).contains(row.1)).map(|row| row.0).collect();
            let word = if names.is_empty() { "-".to_owned() } else { names.join("+") };
            let movie = parse(format!("{frame} 2 {word}").as_bytes()).expect("a good script");
            prop_assert_eq!(movie.events(), [Event { frame, action: Action::Hold(Pad::Two, Buttons(held)) }]);
        }
    }
}

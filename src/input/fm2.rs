//! FM2: movies of FCEUX in text form (<https://fceux.com/web/FM2.html>).
//!
//! ```text
//! version 3                    keys and values, `version` first
//! palFlag 0
//! port0 1                      1 is a standard controller, 0 is none
//! |0|....T...|........||       one line per frame: |commands|port 0|port 1|expansion port|
//! ```
//!
//! Commands are bits: 1 is reset, 2 is power. A controller is eight columns, `RLDUTSBA` (T is Start, S is Select): a
//! space or a dot is a released button, any other character a held one.
//!
//! A movie may lose synchronization: FCEUX times frames and lag in its own way and has other power-on RAM.

use super::movie::{Action, Event, Movie, MovieError, Problem};
use super::{Buttons, Pad};
use crate::clock::Region;
use crate::text;

/// The buttons of the columns.
const COLUMNS: [Buttons; 8] = [
    Buttons::RIGHT,
    Buttons::LEFT,
    Buttons::DOWN,
    Buttons::UP,
    Buttons::START,
    Buttons::SELECT,
    Buttons::B,
    Buttons::A,
];

/// Bits of a frame's command field.
const RESET: u32 = 1;
const POWER: u32 = 2;

/// The header's keys that matter.
struct Header {
    region: Region,
    /// Whether ports 0 and 1 have a controller.
    pads: [bool; 2],
    /// The number of frames, if the log continues after the movie's end.
    length: Option<u64>,
}

/// Whether `content` starts as an FM2 movie does: with `version `, after an optional byte order mark.
pub fn looks_like(content: &[u8]) -> bool {
    text::content(content).starts_with(b"version ")
}

/// Reads the content of an FM2 file. The movie has a length and a region.
///
/// ```
/// use ricojit::input::fm2;
///
/// let movie = fm2::parse(b"version 3\npalFlag 0\n|0|....T...|........||\n|0|........|........||\n")?;
/// assert_eq!((movie.frames(), movie.events().len()), (Some(2), 2));
/// # Ok::<(), ricojit::input::movie::MovieError>(())
/// ```
///
/// # Errors
///
/// [`MovieError`] if a line is not valid FM2, or if the movie needs what is not supported: a savestate, a binary log, a
/// Four Score, the Disk System, or a device other than a standard controller.
pub fn parse(content: &[u8]) -> Result<Movie, MovieError> {
    if !looks_like(content) {
        return Err(MovieError { line: 1, problem: Problem::Version });
    }
    let mut header = Header { region: Region::Ntsc, pads: [true; 2], length: None };
    let mut log = Log::default();
    let mut last = 0;
    for (number, line) in text::lines(content) {
        last = number;
        let problem = match line.first() {
            None => Ok(()),
            Some(b'|') if header.length.is_some_and(|length| log.frames >= length) => Ok(()),
            Some(b'|') => log.frame(line, &header),
            Some(_) if log.frames == 0 => header.key(line),
            Some(_) => Err(Problem::NotAFrame),
        };
        problem.map_err(|problem| MovieError { line: last, problem })?;
    }
    if log.frames == 0 {
        return Err(MovieError { line: last, problem: Problem::Empty });
    }
    Ok(Movie::new(log.events, Some(log.frames), Some(header.region)))
}

impl Header {
    /// Reads a line `key value`. Keys without an effect (names, comments, counts) are ignored.
    fn key(&mut self, line: &[u8]) -> Result<(), Problem> {
        let (key, value) = line.split_at(line.iter().position(|&byte| byte == b' ').unwrap_or(line.len()));
        let value = value.trim_ascii();
        match key {
            b"version" if value != b"3" => return Err(Problem::Version),
            b"palFlag" if number("palFlag", value)? != 0 => self.region = Region::Pal,
            b"binary" if number("binary", value)? != 0 => return Err(Problem::Binary),
            b"fourscore" if number("fourscore", value)? != 0 => return Err(Problem::FourScore),
            b"FDS" if number("FDS", value)? != 0 => return Err(Problem::DiskSystem),
            b"savestate" => return Err(Problem::Savestate),
            b"port0" => self.pads[0] = is_pad("port0", value)?,
            b"port1" => self.pads[1] = is_pad("port1", value)?,
            b"port2" if number("port2", value)? != 0 => return Err(Problem::Device("port2")),
            // FCEUX writes -1 if the length is unknown.
            b"length" if !value.starts_with(b"-") => self.length = Some(number("length", value)?.into()),
            _ => {}
        }
        Ok(())
    }
}

/// The frames read so far.
#[derive(Default)]
struct Log {
    frames: u64,
    held: [Buttons; 2],
    events: Vec<Event>,
}

impl Log {
    /// Reads a line `|commands|port 0|port 1|...|`.
    fn frame(&mut self, line: &[u8], header: &Header) -> Result<(), Problem> {
        let inner = line[1..].strip_suffix(b"|").ok_or(Problem::NotAFrame)?;
        let mut fields = inner.split(|&byte| byte == b'|');
        let (Some(commands), Some(port0), Some(port1)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(Problem::NotAFrame);
        };
        self.commands(number("commands", commands)?)?;
        for (index, (field, pad)) in [(port0, Pad::One), (port1, Pad::Two)].into_iter().enumerate() {
            let buttons = if header.pads[index] { buttons(field)? } else { Buttons::NONE };
            if buttons != self.held[index] {
                self.held[index] = buttons;
                self.events.push(Event { frame: self.frames, action: Action::Hold(pad, buttons) });
            }
        }
        self.frames += 1;
        Ok(())
    }

    fn commands(&mut self, bits: u32) -> Result<(), Problem> {
        let frame = self.frames;
        if bits & !(RESET | POWER) != 0 {
            return Err(Problem::Command(bits & !(RESET | POWER)));
        }
        if bits & POWER != 0 {
            self.events.push(Event { frame, action: Action::Power });
        } else if bits & RESET != 0 {
            self.events.push(Event { frame, action: Action::Reset });
        }
        Ok(())
    }
}

/// The buttons of a controller's eight columns.
fn buttons(field: &[u8]) -> Result<Buttons, Problem> {
    let columns: &[u8; 8] = field.try_into().map_err(|_| Problem::NotAFrame)?;
    let pressed = columns.iter().zip(COLUMNS).filter(|(column, _)| !matches!(column, b' ' | b'.'));
    Ok(pressed.fold(Buttons::NONE, |held, (_, button)| held | button))
}

/// Whether a port has a standard controller; an error if it has something else.
fn is_pad(key: &'static str, value: &[u8]) -> Result<bool, Problem> {
    match number(key, value)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Problem::Device(key)),
    }
}

fn number(key: &'static str, value: &[u8]) -> Result<u32, Problem> {
    std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).ok_or(Problem::Value(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_movie_becomes_its_events() {
        let text =
            b"version 3\r\nemuVersion 22020\r\npalFlag 1\r\nromFilename some game\r\nport0 1\r\nport1 1\r\nport2 0\r\n\
            comment author \xE9\r\n|0|....T...|        ||\r\n|1|....T...|.......A||\r\n|3|R.......|........||\r\n";
        let movie = parse(text).expect("a good movie");
        let hold = |frame, pad, buttons| Event { frame, action: Action::Hold(pad, buttons) };
        assert_eq!(
            movie.events(),
            [
                hold(0, Pad::One, Buttons::START),
                Event { frame: 1, action: Action::Reset },
                hold(1, Pad::Two, Buttons::A),
                Event { frame: 2, action: Action::Power },
                hold(2, Pad::One, Buttons::RIGHT),
                hold(2, Pad::Two, Buttons::NONE),
            ]
        );
        assert_eq!((movie.frames(), movie.region()), (Some(3), Some(Region::Pal)));
    }

    #[test]
    fn every_column_is_its_button() {
        for (column, button) in COLUMNS.into_iter().enumerate() {
            let mut field = *b"........";
            field[column] = b"RLDUTSBA"[column];
            assert_eq!(buttons(&field), Ok(button));
        }
    }

    #[test]
    fn a_port_without_a_controller_may_be_empty() {
        let movie = parse(b"version 3\nport0 1\nport1 0\n|0|.......A|||\n").expect("a good movie");
        assert_eq!(movie.events().len(), 1);
    }

    #[test]
    fn the_length_key_ends_the_movie() {
        let movie = parse(b"version 3\nlength 1\n|0|........|........||\n|0|.......A|........||\n").expect("good");
        assert_eq!((movie.frames(), movie.events().len()), (Some(1), 0));
    }

    #[test]
    fn an_error_names_the_line() {
        let frame = "|0|........|........||\n";
        for (text, line, problem) in [
            ("".to_owned(), 1, Problem::Version),
            ("version 2\n".to_owned(), 1, Problem::Version),
            ("version 3\npalFlag yes\n".to_owned(), 2, Problem::Value("palFlag")),
            (format!("version 3\nbinary 1\n{frame}"), 2, Problem::Binary),
            (format!("version 3\nfourscore 1\n{frame}"), 2, Problem::FourScore),
            (format!("version 3\nFDS 1\n{frame}"), 2, Problem::DiskSystem),
            (format!("version 3\nsavestate 0x00\n{frame}"), 2, Problem::Savestate),
            (format!("version 3\nport1 2\n{frame}"), 2, Problem::Device("port1")),
            (format!("version 3\nport2 1\n{frame}"), 2, Problem::Device("port2")),
            (format!("version 3\n{frame}|0|...|........||\n"), 3, Problem::NotAFrame),
            (format!("version 3\n{frame}|0|........|...."), 3, Problem::NotAFrame),
            (format!("version 3\n{frame}palFlag 1\n"), 3, Problem::NotAFrame),
            ("version 3\n|4|........|........||\n".to_owned(), 2, Problem::Command(4)),
            ("version 3\n||........|........||\n".to_owned(), 2, Problem::Value("commands")),
            ("version 3\nport0 1\n".to_owned(), 3, Problem::Empty),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(MovieError { line, problem }), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
            let _ = parse(&[b"version 3\n", &bytes[..]].concat());
        }

        #[test]
        fn damaged_movies_are_read_without_a_panic(lines in proptest::collection::vec(
            "(port[012]|length|palFlag|binary) -?[0-9]{0,12}|\\|[0-9]{0,11}\\|[.RLDUTSBA ]{0,9}\\|[.RLDUTSBA]{8}\\|{0,2}", 0..8)) {
            let _ = parse(format!("version 3\n{}", lines.join("\n")).as_bytes());
        }

        #[test]
        fn frames_are_counted(frames in 1u64..300) {
            let text = format!("version 3\n{}", "|0|........|.......A||\n".repeat(frames as usize));
            let movie = parse(text.as_bytes()).expect("a good movie");
            prop_assert_eq!(movie.frames(), Some(frames));
            prop_assert_eq!(movie.events().len(), 1);
        }
    }
}

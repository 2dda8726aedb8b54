//! Scripted input: what happens to the buttons of a console, by frame.
//!
//! Frame 0 is the first after power-on. An event takes effect at the start of its frame, and buttons stay held until
//! changed. Two file formats become a [`Movie`]: [`super::script`], to be written by hand, and [`super::fm2`],
//! FCEUX's recordings.

use super::{Buttons, Pad, fm2, script};
use crate::clock::Region;
use std::path::Path;

/// What a player, or the player's hand on the console, does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// From now on holds exactly these buttons.
    Hold(Pad, Buttons),
    /// Presses Reset.
    Reset,
    /// Switches the power off and on.
    Power,
}

/// An action and its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Frames since power-on.
    pub frame: u64,
    /// What happens at its start.
    pub action: Action,
}

/// A file's worth of input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Movie {
    events: Vec<Event>,
    frames: Option<u64>,
    region: Option<Region>,
    period: Option<u64>,
}

impl Movie {
    /// A movie of these events, which it puts in order (those of one frame keep theirs); `frames` and `region` if the
    /// format records them.
    pub fn new(mut events: Vec<Event>, frames: Option<u64>, region: Option<Region>) -> Self {
        events.sort_by_key(|event| event.frame);
        Self { events, frames, region, period: None }
    }

    /// The same, begun anew every `period` frames, for ever. Whatever is held then stays held until the next event.
    /// 0 changes nothing.
    #[must_use]
    pub fn repeated(self, period: u64) -> Self {
        Self { period: Some(period).filter(|&period| period > 0), ..self }
    }

    /// Reads a file's content: FM2 if it looks like it or `name` ends in `.fm2`, else a script.
    pub fn from_file(name: &Path, content: &[u8]) -> Result<Self, MovieError> {
        let called_fm2 = name.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("fm2"));
        if called_fm2 || fm2::looks_like(content) { fm2::parse(content) } else { script::parse(content) }
    }

    /// All events, by frame.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Its length, if the format has one.
    pub fn frames(&self) -> Option<u64> {
        self.frames
    }

    /// The console it was recorded on, if the format says.
    pub fn region(&self) -> Option<Region> {
        self.region
    }
}

/// Plays a movie from its beginning.
#[derive(Clone, Debug)]
pub struct Player<'a> {
    movie: &'a Movie,
    /// Events given out since it began, or began anew.
    given: usize,
    /// The frame in which it began, or began anew.
    start: u64,
}

impl<'a> Player<'a> {
    /// At the start of frame 0.
    pub fn new(movie: &'a Movie) -> Self {
        Self { movie, given: 0, start: 0 }
    }

    /// The actions up to and including the start of `frame` that were not given out yet, in order.
    pub fn due(&mut self, frame: u64) -> impl Iterator<Item = Action> {
        let events = &self.movie.events;
        std::iter::from_fn(move || {
            let mut now = frame.checked_sub(self.start)?;
            let over = self.given == events.len() && !events.is_empty();
            if let Some(period) = self.movie.period.filter(|&period| over && now >= period) {
                (self.given, self.start) = (0, self.start + period);
                now -= period;
            }
            let event = events.get(self.given).filter(|event| event.frame <= now)?;
            self.given += 1;
            Some(event.action)
        })
    }

    /// Passes over all before `frame`, for a machine that is there already, and gives what the movie holds at its start.
    pub fn seek(&mut self, frame: u64) -> impl Iterator<Item = Action> {
        *self = Self::new(self.movie);
        if let (Some(period), Some(last)) = (self.movie.period, self.movie.events.last()) {
            // A round that is over by then. Those before it change nothing.
            self.start = frame.saturating_sub(last.frame + 1) / period * period;
        }
        let past = frame.checked_sub(1).map(|past| self.due(past));
        past.into_iter().flatten().filter(|action| matches!(action, Action::Hold(..)))
    }
}

/// Why a file is no movie, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct MovieError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong in a script or an FM2 movie.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Bytes that are no text.
    #[error("this is not text: write lines like `120 1 start+a`")]
    NotText,
    /// A script line of another form.
    #[error("expected `FRAME PAD BUTTONS` or `FRAME` and `reset`, `power` or `loop`, such as `120 1 start+a`")]
    NotAnEvent,
    /// A loop that leaves nothing or something out, or a second one.
    #[error("`FRAME loop` may be there once, with a frame after those of all events")]
    Loop,
    /// A frame that is no number.
    #[error("`{0}` is not a frame number")]
    Frame(String),
    /// A pad that does not exist.
    #[error("`{0}` is not a pad: there are 1 and 2")]
    Pad(String),
    /// A button that does not exist.
    #[error("`{0}` is not a button: there are a, b, select, start, up, down, left, right, and `-` for none")]
    Button(String),
    /// Another or no version key.
    #[error("an FM2 movie begins with `version 3`")]
    Version,
    /// A header value that is no number.
    #[error("the value of `{0}` is not a number")]
    Value(&'static str),
    /// The movie starts elsewhere than at power-on.
    #[error("the movie starts from a savestate of FCEUX; only movies from power-on can be played")]
    Savestate,
    /// The binary log.
    #[error("the movie's input log is binary; save it from FCEUX as text")]
    Binary,
    /// Four pads.
    #[error("the movie uses a Four Score; only movies with standard controllers can be played")]
    FourScore,
    /// Disk System.
    #[error("the movie was recorded on the Famicom Disk System, which is not supported")]
    DiskSystem,
    /// A port with something else.
    #[error("`{0}` has a device other than a standard controller, which is not supported")]
    Device(&'static str),
    /// A log line of another form.
    #[error("expected a frame of input, such as `|0|....T...|........||`")]
    NotAFrame,
    /// A console command that no cartridge console has.
    #[error("command {0} is not supported: there are 1 (reset) and 2 (power)")]
    Command(u32),
    /// No log at all.
    #[error("the movie ends here without a frame of input")]
    Empty,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_player_gives_each_action_once_in_order() {
        let hold = |frame, buttons| Event { frame, action: Action::Hold(Pad::One, buttons) };
        let movie = Movie::new(
            vec![hold(5, Buttons::A), Event { frame: 2, action: Action::Reset }, hold(5, Buttons::B)],
            None,
            None,
        );
        let mut player = Player::new(&movie);
        assert_eq!(player.due(1).count(), 0);
        assert_eq!(player.due(2).collect::<Vec<_>>(), [Action::Reset]);
        assert_eq!(player.due(2).count(), 0);
        let both = [Action::Hold(Pad::One, Buttons::A), Action::Hold(Pad::One, Buttons::B)];
        assert_eq!(player.due(9).collect::<Vec<_>>(), both);
    }

    #[test]
    fn a_repeated_movie_begins_anew() {
        let hold = |frame, buttons| Event { frame, action: Action::Hold(Pad::One, buttons) };
        let movie = Movie::new(vec![hold(0, Buttons::A), hold(2, Buttons::B)], None, None).repeated(4);
        let mut player = Player::new(&movie);
        let given: String = (0..11)
            .map(|frame| match player.due(frame).collect::<Vec<_>>()[..] {
                [] => '.',
                [Action::Hold(Pad::One, Buttons::A)] => 'a',
                [Action::Hold(Pad::One, Buttons::B)] => 'b',
                ref other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(given, "a.b.a.b.a.b");
        assert_eq!(player.due(20).count(), 5, "those of frames that nobody asked for, too");
        assert_eq!(Player::new(&Movie::default().repeated(1)).due(99).count(), 0);
    }

    #[test]
    fn seeking_is_like_playing_without_the_console() {
        let hold = |frame, pad, buttons| Event { frame, action: Action::Hold(pad, buttons) };
        let reset = Event { frame: 6, action: Action::Reset };
        let events =
            vec![hold(1, Pad::One, Buttons::A), hold(4, Pad::Two, Buttons::B), reset, hold(7, Pad::One, Buttons::NONE)];
        let held = |actions: &mut dyn Iterator<Item = Action>, mut held: [Buttons; 2]| {
            for action in actions {
                match action {
                    Action::Hold(pad, buttons) => held[pad as usize] = buttons,
                    other => panic!("{other:?} is past"),
                }
            }
            held
        };
        let once = Movie::new(events, None, None);
        for movie in [once.clone(), once.clone().repeated(9), once.clone().repeated(8), once.repeated(3)] {
            for frame in 0..60 {
                let mut player = Player::new(&movie);
                let mut played = (0..frame).flat_map(|frame| player.due(frame).collect::<Vec<_>>());
                let played = held(&mut played.by_ref().filter(|action| *action != Action::Reset), [Buttons::NONE; 2]);
                let mut other = Player::new(&movie);
                assert_eq!(held(&mut other.seek(frame), [Buttons::NONE; 2]), played, "{frame}");
                for later in frame..frame + 20 {
                    assert!(player.due(later).eq(other.due(later)), "{frame}, {later}: {movie:?}");
                }
            }
        }
        let forever = Movie::new(vec![hold(0, Pad::One, Buttons::A)], None, None).repeated(1);
        assert!(Player::new(&forever).seek(1 << 58).count() <= 2, "it does not play all rounds");
    }

    #[test]
    fn the_format_is_recognised_by_content_or_name() {
        let fm2 = b"version 3\n|0|........|........||\n";
        assert!(Movie::from_file(Path::new("movie.txt"), fm2).is_ok());
        assert!(Movie::from_file(Path::new("a.txt"), b"0 1 a").is_ok());
        let error = Movie::from_file(Path::new("a.FM2"), b"0 1 a").expect_err("not FM2");
        assert_eq!(error.problem, Problem::Version);
    }
}

//! Movies: the input of a run, frame by frame.
//!
//! Frame 0 is the first after power-on. An event takes effect at the start of its frame; buttons stay held until others
//! are set. Two file formats are read into a [`Movie`]: [`super::script`], for writing by hand, and [`super::fm2`], the
//! recordings of FCEUX.

use super::{Buttons, Pad, fm2, script};
use crate::clock::Region;
use std::path::Path;

/// What the player does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Holds exactly these buttons on a pad from now on.
    Hold(Pad, Buttons),
    /// Presses the Reset button.
    Reset,
    /// Switches the power off and on.
    Power,
}

/// An action and its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Frames since power-on.
    pub frame: u64,
    /// What happens at the start of the frame.
    pub action: Action,
}

/// The input of a run: events, and what the file says of length and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Movie {
    events: Vec<Event>,
    frames: Option<u64>,
    region: Option<Region>,
    period: Option<u64>,
}

impl Movie {
    /// A movie of these events, which are sorted by frame; those of one frame keep their order. `frames` is its length
    /// and `region` its console, if they are known.
    pub fn new(mut events: Vec<Event>, frames: Option<u64>, region: Option<Region>) -> Self {
        events.sort_by_key(|event| event.frame);
        Self { events, frames, region, period: None }
    }

    /// The movie, repeated every `period` frames without end. Buttons that are held when it restarts stay held until
    /// the next event. A period of 0 does not repeat.
    #[must_use]
    pub fn repeated(self, period: u64) -> Self {
        Self { period: Some(period).filter(|&period| period > 0), ..self }
    }

    /// Reads the content of a file: FM2 if it starts as FM2 or `name` ends in `.fm2`, otherwise a script.
    ///
    /// # Errors
    ///
    /// Those of [`fm2::parse`] or [`script::parse`].
    pub fn from_file(name: &Path, content: &[u8]) -> Result<Self, MovieError> {
        let called_fm2 = name.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("fm2"));
        if called_fm2 || fm2::looks_like(content) { fm2::parse(content) } else { script::parse(content) }
    }

    /// All events, sorted by frame.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The length in frames, if the format records it.
    pub fn frames(&self) -> Option<u64> {
        self.frames
    }

    /// The region of the console that it was recorded on, if the format records it.
    pub fn region(&self) -> Option<Region> {
        self.region
    }
}

/// Plays a movie frame by frame.
#[derive(Clone, Debug)]
pub struct Player<'a> {
    movie: &'a Movie,
    /// Events returned since the movie's last start.
    given: usize,
    /// The frame of the movie's last start.
    start: u64,
}

impl<'a> Player<'a> {
    /// A player at the start of frame 0.
    pub fn new(movie: &'a Movie) -> Self {
        Self { movie, given: 0, start: 0 }
    }

    /// The actions due at the start of `frame`, in order. Those of skipped frames are included, those returned before
    /// are not.
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

    /// Moves to the start of `frame`, for a machine that is there already. Returns the actions that bring the held
    /// buttons up to date; resets and power cycles before `frame` are left out.
    pub fn seek(&mut self, frame: u64) -> impl Iterator<Item = Action> {
        *self = Self::new(self.movie);
        if let (Some(period), Some(last)) = (self.movie.period, self.movie.events.last()) {
            // Start with a period whose events are all before `frame`. Earlier periods have no effect.
            self.start = frame.saturating_sub(last.frame + 1) / period * period;
        }
        let past = frame.checked_sub(1).map(|past| self.due(past));
        past.into_iter().flatten().filter(|action| matches!(action, Action::Hold(..)))
    }
}

/// Why a file is not a movie, and the line at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct MovieError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a line of a script or of an FM2 movie.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes are not text.
    #[error("this is not text: write lines like `120 1 start+a`")]
    NotText,
    /// A line of a script has another form.
    #[error("expected `FRAME PAD BUTTONS` or `FRAME` and `reset`, `power` or `loop`, such as `120 1 start+a`")]
    NotAnEvent,
    /// A second loop, or a loop that is not after all events.
    #[error("`FRAME loop` may occur once, with a frame after those of all events")]
    Loop,
    /// The frame is not a number.
    #[error("`{0}` is not a frame number")]
    Frame(String),
    /// There is no such pad.
    #[error("`{0}` is not a pad: the pads are 1 and 2")]
    Pad(String),
    /// There is no such button.
    #[error("`{0}` is not a button: the buttons are a, b, select, start, up, down, left, right, and `-` is none")]
    Button(String),
    /// The key `version` is missing or has another value.
    #[error("an FM2 movie begins with `version 3`")]
    Version,
    /// The value of a key is not a number.
    #[error("the value of `{0}` is not a number")]
    Value(&'static str),
    /// The movie does not start at power-on.
    #[error("the movie starts from a savestate of FCEUX; only movies from power-on can be played")]
    Savestate,
    /// The input log is binary.
    #[error("the movie's input log is binary; save it from FCEUX as text")]
    Binary,
    /// The movie uses four pads.
    #[error("the movie uses a Four Score; only movies with standard controllers can be played")]
    FourScore,
    /// The movie is for the Famicom Disk System.
    #[error("the movie was recorded on the Famicom Disk System, which is not supported")]
    DiskSystem,
    /// A port has another device.
    #[error("`{0}` has a device other than a standard controller, which is not supported")]
    Device(&'static str),
    /// A line of the input log has another form.
    #[error("expected a frame of input, such as `|0|....T...|........||`")]
    NotAFrame,
    /// The command is not supported.
    #[error("command {0} is not supported: the commands are 1 (reset) and 2 (power)")]
    Command(u32),
    /// The movie has no input log.
    #[error("the movie ends here without a frame of input")]
    Empty,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_player_returns_each_action_once_in_order() {
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
    fn a_repeated_movie_restarts() {
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
        assert_eq!(player.due(20).count(), 5, "those of skipped frames, too");
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

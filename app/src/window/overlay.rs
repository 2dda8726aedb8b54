//! The text on the picture: messages that expire, and statistics.

use super::sound;
use super::speed::Speed;
use ricojit::Engine;
use std::time::Duration;

/// How long a message is shown.
const MESSAGE_TIME: Duration = Duration::from_secs(3);

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Detail {
    /// Only messages.
    #[default]
    Nothing,
    /// One line with the speed.
    Speed,
    /// All statistics.
    Everything,
}

impl Detail {
    /// The next detail; the first after the last.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Nothing => Self::Speed,
            Self::Speed => Self::Everything,
            Self::Everything => Self::Nothing,
        }
    }
}

/// Statistics of the machine thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    /// Frames since power-on.
    pub(super) frame: u64,
    pub(super) paused: bool,
    pub(super) speed: Speed,
    /// Frames per second.
    pub(super) frames_per_second: f64,
    /// Frames per second if the thread never waited.
    pub(super) possible: f64,
    pub(super) engine: Engine,
    /// Share of the cycles in native code, 0 to 1; `None` without a recompiler.
    pub(super) native: Option<f64>,
    /// Share of the cycles skipped in idle loops, 0 to 1.
    pub(super) skipped: Option<f64>,
    pub(super) sound: sound::Status,
}

impl Stats {
    /// The lines to show.
    pub(super) fn lines(&self, detail: Detail) -> Vec<String> {
        if detail == Detail::Nothing {
            return Vec::new();
        }
        let paused = if self.paused { "  paused" } else { "" };
        let mut lines = vec![format!("{}  {:.1} frames/s{paused}", self.speed, self.frames_per_second)];
        if detail == Detail::Everything {
            let percent = |share: f64| format!("{:.1} %", share * 100.0);
            lines.push(format!("possible   {:.0} frames/s", self.possible));
            lines.push(format!("engine     {}", self.engine.name()));
            lines.push(format!("native     {}", self.native.map_or("-".to_owned(), percent)));
            lines.push(format!("idle skip  {}", self.skipped.map_or("-".to_owned(), percent)));
            lines.push(self.sound_line());
            lines.push(format!("underruns  {}", self.sound.underruns));
            lines.push(format!("frame      {}", self.frame));
        }
        lines
    }

    fn sound_line(&self) -> String {
        let sound::Status { device, fill, volume, muted, .. } = self.sound;
        match (device, muted) {
            (false, _) => "sound      no device".to_owned(),
            (true, true) => format!("sound      {fill} ms, muted"),
            (true, false) => format!("sound      {fill} ms, volume {volume}"),
        }
    }
}

/// Messages that expire.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages(Vec<(String, Duration)>);

impl Messages {
    /// The maximum number of messages; older ones are dropped.
    const MOST: usize = 4;

    /// Shows a message from `now` on. Repeating a message only extends its time.
    pub(super) fn push(&mut self, text: String, now: Duration) {
        self.0.retain(|(shown, _)| *shown != text);
        self.0.push((text, now + MESSAGE_TIME));
        if self.0.len() > Self::MOST {
            self.0.remove(0);
        }
    }

    /// The messages to show `now`.
    pub(super) fn lines(&mut self, now: Duration) -> Vec<String> {
        self.0.retain(|(_, until)| *until > now);
        self.0.iter().map(|(text, _)| text.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_expire() {
        let mut messages = Messages::default();
        let at = Duration::from_millis;
        messages.push("a".to_owned(), at(0));
        messages.push("b".to_owned(), at(2000));
        assert_eq!(messages.lines(at(2500)), ["a", "b"]);
        messages.push("b".to_owned(), at(3000));
        assert_eq!(messages.lines(at(3500)), ["b"]);
        assert_eq!(messages.lines(at(6500)).len(), 0);
        for i in 0..9 {
            messages.push(i.to_string(), at(0));
        }
        assert_eq!(messages.lines(at(1)), ["5", "6", "7", "8"]);
    }

    #[test]
    fn the_overlay_shows_the_statistics() {
        let mut stats = Stats { frames_per_second: 60.0988, possible: 812.0, frame: 77, ..Stats::default() };
        assert!(stats.lines(Detail::Nothing).is_empty());
        assert_eq!(stats.lines(Detail::Speed), ["x1  60.1 frames/s"]);
        let all = stats.lines(Detail::Everything).join("\n");
        for text in
            ["possible   812", "engine     interp", "native     -", "no device", "underruns  0", "frame      77"]
        {
            assert!(all.contains(text), "{text} in {all}");
        }
        stats.native = Some(0.925);
        stats.paused = true;
        stats.sound = sound::Status { device: true, fill: 48, volume: 70, ..sound::Status::default() };
        let all = stats.lines(Detail::Everything).join("\n");
        for text in ["paused", "native     92.5 %", "48 ms, volume 70"] {
            assert!(all.contains(text), "{text} in {all}");
        }
    }
}

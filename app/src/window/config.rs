//! The settings file `config.toml`: read at every start, written on request.
//!
//! An invalid line affects only itself: it is reported with its number, and the default is used.

use super::keys::{Bindings, Chord, ROWS};
use super::latch::Opposites;
use super::layout::{Overscan, Pixels};
use super::speed::Speed;
use crate::folders::{CacheSettings, CacheUse};
use crate::names;
use ricojit::Engine;
use ricojit::options::Start;
use std::fmt::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// All settings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// Window pixels per picture pixel; 3 gives 768 by 720.
    pub(crate) scale: f64,
    pub(crate) pixels: Pixels,
    pub(crate) overscan: Overscan,
    pub(crate) fullscreen: bool,
    /// A .pal file.
    pub(crate) palette: Option<PathBuf>,
    pub(crate) sound: bool,
    /// 0 to 100.
    pub(crate) volume: u8,
    /// The speed at the start.
    pub(crate) speed: Speed,
    /// The speed while the fast-forward key is held.
    pub(crate) fast_forward: Speed,
    pub(crate) engine: Engine,
    pub(crate) start: Start,
    pub(super) opposites: Opposites,
    /// The folder of .sav files; `None` is the user's data folder.
    pub(crate) saves: Option<PathBuf>,
    /// How often battery RAM is checked for changes.
    pub(crate) save_every: Duration,
    /// The folder of screenshots; `None` is the user's data folder.
    pub(crate) screenshots: Option<PathBuf>,
    pub(crate) cache: CacheSettings,
    pub(super) bindings: Bindings,
}

/// The default engine.
#[cfg(feature = "jit")]
const ENGINE: Engine = Engine::Jit;
#[cfg(not(feature = "jit"))]
const ENGINE: Engine = Engine::Interpreter;

impl Default for Config {
    fn default() -> Self {
        Self {
            scale: 3.0,
            pixels: Pixels::Square,
            overscan: Overscan::default(),
            fullscreen: false,
            palette: None,
            sound: true,
            volume: 70,
            speed: Speed::default(),
            fast_forward: Speed::Times(4.0),
            engine: ENGINE,
            start: Start::Nes,
            opposites: Opposites::Cancel,
            saves: None,
            save_every: Duration::from_secs(1),
            screenshots: None,
            cache: CacheSettings::default(),
            bindings: Bindings::default(),
        }
    }
}

/// A problem with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The line number, from 1.
    pub(crate) line: usize,
    /// What is wrong, and which value is used instead.
    pub(crate) text: String,
}

/// A setting: name, default, explanation and parser.
struct Setting {
    section: &'static str,
    name: &'static str,
    /// The default, as written in the file.
    default: &'static str,
    help: &'static str,
    read: fn(&mut Config, &DeValue<'_>) -> Result<(), String>,
}

/// All settings except the keys.
const SETTINGS: [Setting; 18] = [
    Setting {
        section: "video",
        name: "scale",
        default: "3",
        help: "Window pixels per picture pixel, 1 to 16.",
        read: |config, value| number(value, 1.0..16.0).map(|scale| config.scale = scale),
    },
    Setting {
        section: "video",
        name: "pixels",
        default: r#""square""#,
        help: r#"The pixel aspect ratio: "square", or "8:7" as on a television."#,
        read: |config, value| Pixels::parse(string(value)?).map(|pixels| config.pixels = pixels),
    },
    Setting {
        section: "video",
        name: "overscan_rows",
        default: "0",
        help: "Rows to hide at the top, and as many at the bottom; a television hides about 8.",
        read: |config, value| number(value, 0.0..64.0).map(|rows| config.overscan.rows = rows as u8),
    },
    Setting {
        section: "video",
        name: "overscan_columns",
        default: "0",
        help: "Columns to hide at the left, and as many at the right.",
        read: |config, value| number(value, 0.0..64.0).map(|columns| config.overscan.columns = columns as u8),
    },
    Setting {
        section: "video",
        name: "fullscreen",
        default: "false",
        help: "Start in full screen.",
        read: |config, value| boolean(value).map(|on| config.fullscreen = on),
    },
    Setting {
        section: "video",
        name: "palette",
        default: r#""""#,
        help: r#"A .pal file with the colours; "" uses those computed for a 2C02G."#,
        read: |config, value| path(value).map(|path| config.palette = path),
    },
    Setting {
        section: "sound",
        name: "enabled",
        default: "true",
        help: "",
        read: |config, value| boolean(value).map(|on| config.sound = on),
    },
    Setting {
        section: "sound",
        name: "volume",
        default: "70",
        help: "0 to 100.",
        read: |config, value| number(value, 0.0..100.0).map(|volume| config.volume = volume as u8),
    },
    Setting {
        section: "speed",
        name: "speed",
        default: "1",
        help: r#"The speed at the start: a factor from 0.25 to 16, or "unlimited"."#,
        read: |config, value| speed(value).map(|speed| config.speed = speed),
    },
    Setting {
        section: "speed",
        name: "fast_forward",
        default: "4",
        help: "The speed while the fast_forward key is held.",
        read: |config, value| speed(value).map(|speed| config.fast_forward = speed),
    },
    Setting {
        section: "machine",
        name: "engine",
        default: if cfg!(feature = "jit") { r#""jit""# } else { r#""interp""# },
        help: r#"The CPU engine: "interp", "jit" or "aot" (compiled before the game starts). Results are the same."#,
        read: |config, value| names::engine(string(value)?).map(|engine| config.engine = engine),
    },
    Setting {
        section: "machine",
        name: "start",
        default: r#""nes""#,
        help: r#"How the console starts: "nes", "famicom" or "warm" (see `ricojit play --help`)."#,
        read: |config, value| names::start(string(value)?).map(|start| config.start = start),
    },
    Setting {
        section: "machine",
        name: "opposite_directions",
        default: "false",
        help: "Let the game see left and right, or up and down, pressed together.",
        read: |config, value| {
            boolean(value).map(|on| config.opposites = if on { Opposites::Allow } else { Opposites::Cancel })
        },
    },
    Setting {
        section: "files",
        name: "saves",
        default: r#""""#,
        help: r#"The folder of battery RAM files (.sav); "" is the user's data folder."#,
        read: |config, value| path(value).map(|path| config.saves = path),
    },
    Setting {
        section: "files",
        name: "save_every",
        default: "1",
        help: "How often changed battery RAM is written, in seconds, 0.01 to 60.",
        read: |config, value| number(value, 0.01..60.0).map(|s| config.save_every = Duration::from_secs_f64(s)),
    },
    Setting {
        section: "files",
        name: "screenshots",
        default: r#""""#,
        help: r#"The folder of screenshots; "" is the user's data folder."#,
        read: |config, value| path(value).map(|path| config.screenshots = path),
    },
    Setting {
        section: "files",
        name: "cache",
        default: r#""play""#,
        help: r#"Keep native code, so that games start warm: "play" in the window, true also in run, test and bench, false never."#,
        read: |config, value| cache_use(value).map(|used| config.cache.used = used),
    },
    Setting {
        section: "files",
        name: "cache_size",
        default: "512",
        help: "The size of that cache in MiB, 1 to 65536.",
        read: |config, value| number(value, 1.0..65536.0).map(|mib| config.cache.mib = mib as u32),
    },
];

/// Parses a settings file. An invalid setting keeps its default and is reported.
pub(crate) fn parse(text: &str) -> (Config, Vec<Problem>) {
    let mut reader = Reader { text, config: Config::default(), problems: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        reader.complain(&span, format!("{}; the line is ignored", error.message().trim()));
    }
    for (section, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(entries) => reader.section(section, entries),
            _ => reader.unknown(section),
        }
    }
    reader.finish()
}

struct Reader<'a> {
    text: &'a str,
    config: Config,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn section(&mut self, section: &Spanned<std::borrow::Cow<'_, str>>, entries: &DeTable<'_>) {
        let name = section.get_ref().as_ref();
        if SETTINGS.iter().all(|setting| setting.section != name) && ROWS.iter().all(|row| row.section != name) {
            return self.unknown(section);
        }
        for (key, value) in entries {
            // A line with a syntax error has no value.
            let line = self.line(&key.span());
            if self.problems.iter().any(|problem| problem.line == line) {
                continue;
            }
            let is = |section: &str, known: &str| section == name && known == key.get_ref().as_ref();
            let done = if let Some(setting) = SETTINGS.iter().find(|setting| is(setting.section, setting.name)) {
                (setting.read)(&mut self.config, value.get_ref())
                    .map_err(|problem| format!("{}: {problem}; using {}", setting.name, setting.default))
            } else if let Some(row) = ROWS.iter().find(|row| is(row.section, row.name)) {
                chords(value.get_ref())
                    .map(|chords| self.config.bindings.bind(row.action, chords))
                    .map_err(|problem| format!("{}: {problem}; using {}", row.name, list(row.keys)))
            } else {
                self.unknown(key);
                continue;
            };
            if let Err(problem) = done {
                self.complain(&value.span(), problem);
            }
        }
    }

    fn unknown(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>) {
        self.complain(&key.span(), format!("there is no setting `{}` in this section; it is ignored", key.get_ref()));
    }

    /// The number of the line in which this span begins.
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|&&byte| byte == b'\n').count()
    }

    fn complain(&mut self, span: &Range<usize>, text: String) {
        let line = self.line(span);
        // One problem per line: later ones follow from the first.
        if self.problems.iter().all(|problem| problem.line != line) {
            self.problems.push(Problem { line, text });
        }
    }

    fn finish(mut self) -> (Config, Vec<Problem>) {
        self.problems.sort_by_key(|problem| problem.line);
        (self.config, self.problems)
    }
}

fn string<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| "expected a string in quotes".to_owned())
}

fn boolean(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "expected `true` or `false`".to_owned())
}

/// A number in a range, both ends included.
fn number(value: &DeValue<'_>, range: Range<f64>) -> Result<f64, String> {
    let text = match value {
        DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str()),
        DeValue::Float(float) => Some(float.as_str()),
        _ => None,
    };
    let number: Option<f64> = text.and_then(|text| text.parse().ok());
    let fits = |number: &f64| (range.start..=range.end).contains(number);
    number.filter(fits).ok_or_else(|| format!("expected a number from {} to {}", range.start, range.end))
}

fn speed(value: &DeValue<'_>) -> Result<Speed, String> {
    match value {
        DeValue::String(word) => Speed::parse(word),
        DeValue::Integer(integer) => Speed::parse(integer.as_str()),
        DeValue::Float(float) => Speed::parse(float.as_str()),
        _ => Speed::parse(""),
    }
}

fn cache_use(value: &DeValue<'_>) -> Result<CacheUse, String> {
    match value {
        DeValue::Boolean(true) => Ok(CacheUse::Always),
        DeValue::Boolean(false) => Ok(CacheUse::Never),
        DeValue::String(word) if word == "play" => Ok(CacheUse::Play),
        _ => Err("expected \"play\", `true` or `false`".to_owned()),
    }
}

fn path(value: &DeValue<'_>) -> Result<Option<PathBuf>, String> {
    let text = string(value)?;
    Ok((!text.is_empty()).then(|| text.into()))
}

/// A key, or a list of keys.
fn chords(value: &DeValue<'_>) -> Result<Vec<Chord>, String> {
    match value {
        DeValue::Array(keys) => keys.iter().map(|key| Chord::parse(string(key.get_ref())?)).collect(),
        _ => Ok(vec![Chord::parse(string(value)?)?]),
    }
}

fn list(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

/// A settings file with all defaults as comments.
pub(crate) fn template() -> String {
    let mut text = String::from(
        "# Settings of `ricojit play`. A line that starts with # and a name shows a default: remove the # to change it.\n\
         # Invalid lines are reported at the start, and their defaults are used.\n",
    );
    let mut section = "";
    let mut open = |text: &mut String, name: &'static str| {
        if section != name {
            section = name;
            let _ = write!(text, "\n[{name}]\n");
        }
    };
    // Writing to a string cannot fail.
    for setting in &SETTINGS {
        open(&mut text, setting.section);
        if !setting.help.is_empty() {
            let _ = writeln!(text, "# {}", setting.help);
        }
        let _ = writeln!(text, "#{} = {}", setting.name, setting.default);
    }
    text.push_str(
        "\n# Keys: a string or a list of strings, with ctrl+, shift+ or alt+ before the key where needed. The names are those\n\
         # of a US keyboard: letters, digits, - = [ ] ; ' ` , . / \\, f1 to f12, up, down, left, right, space, enter,\n\
         # tab, escape, backspace, insert, delete, home, end, pageup, pagedown, pause, leftshift, rightshift, leftctrl,\n\
         # rightctrl, leftalt, rightalt, num0 to num9, num. num/ num* num- num+ numenter.\n",
    );
    for row in &ROWS {
        open(&mut text, row.section);
        if !row.help.is_empty() {
            let _ = writeln!(text, "# {}", row.help);
        }
        let _ = writeln!(text, "#{} = {}", row.name, list(row.keys));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::keys::Action;
    use super::super::player::Command;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_template_shows_the_defaults_and_sets_nothing() {
        assert_eq!(parse(&template()), (Config::default(), Vec::new()));
        let is_setting = |line: &str| line.starts_with('#') && !line.starts_with("# ");
        let set: Vec<String> = template()
            .lines()
            .map(|line| if is_setting(line) { line[1..].to_owned() } else { line.to_owned() })
            .collect();
        assert_eq!(
            set.iter().filter(|line| line.contains(" = ") && !line.starts_with('#')).count(),
            SETTINGS.len() + ROWS.len()
        );
        assert_eq!(parse(&set.join("\n")), (Config::default(), Vec::new()));
    }

    #[test]
    fn every_kind_of_setting_is_read() {
        let text = r#"
            [video]
            scale = 2.5
            pixels = "8:7"
            overscan_rows = 8
            palette = "a.pal"
            [speed]
            fast_forward = "unlimited"
            [machine]
            engine = "interp"
            start = "famicom"
            opposite_directions = true
            [files]
            save_every = 0.05
            cache = true
            cache_size = 64
            [player1]
            a = "space"
            [keys]
            pause = ["p", "ctrl+space"]
        "#;
        let (config, problems) = parse(text);
        assert_eq!(problems, []);
        let mut expected = Config {
            scale: 2.5,
            pixels: Pixels::Tv,
            overscan: Overscan { rows: 8, columns: 0 },
            palette: Some("a.pal".into()),
            fast_forward: Speed::Unlimited,
            engine: Engine::Interpreter,
            start: Start::Famicom,
            opposites: Opposites::Allow,
            save_every: Duration::from_millis(50),
            cache: CacheSettings { used: CacheUse::Always, mib: 64 },
            ..Config::default()
        };
        let pause = ["p", "ctrl+space"].map(|key| Chord::parse(key).expect("a key"));
        expected.bindings.bind(Action::Tell(Command::Pause), pause.to_vec());
        let a = ROWS.iter().find(|row| row.name == "a").expect("a row").action;
        expected.bindings.bind(a, vec![Chord::parse("space").expect("a key")]);
        assert_eq!(config, expected);
    }

    #[test]
    fn bad_lines_are_reported_and_affect_only_themselves() {
        let text = "[video]\nscale = 99\npixels = 8\nfullscreen = true\nfoo = 1\n[sound]\nvolume = = 5\nenabled = false\n\
                    [keys]\npause = [\"nokey\"]\n[nowhere]\nx = 1\n";
        let (config, problems) = parse(text);
        let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 3, 5, 7, 10, 11], "{problems:?}");
        assert_eq!(config, Config { fullscreen: true, sound: false, ..Config::default() });
        assert!(problems[0].text.contains("from 1 to 16") && problems[0].text.contains("using 3"), "{problems:?}");
        assert!(problems[4].text.contains("no key `nokey`") && problems[4].text.contains("escape"), "{problems:?}");
    }

    fn line() -> impl Strategy<Value = String> {
        let name = prop::sample::select(
            SETTINGS.iter().map(|s| s.name).chain(ROWS.iter().map(|r| r.name)).chain(["other", ""]).collect::<Vec<_>>(),
        );
        let value = prop_oneof![
            "[0-9.eE+-]{0,6}",
            "\"[a-z0-9+:]{0,9}\"",
            Just("true".to_owned()),
            Just("[\"x\", \"ctrl+y\"]".to_owned()),
            Just("nan".to_owned()),
            ".{0,12}",
        ];
        let section = prop::sample::select(vec!["video", "sound", "speed", "machine", "files", "keys", "player1", "x"]);
        prop_oneof![
            4 => (name, value).prop_map(|(name, value)| format!("{name} = {value}")),
            2 => section.prop_map(|section| format!("[{section}]")),
            1 => "\\PC{0,30}",
        ]
    }

    proptest! {
        /// Any text gives settings within their bounds, and problems with valid line numbers.
        #[test]
        fn any_text_gives_valid_settings(lines in prop::collection::vec(line(), 0..20), newline in "\r?\n") {
            let text = lines.join(&newline);
            let (config, problems) = parse(&text);
            prop_assert!((1.0..=16.0).contains(&config.scale));
            prop_assert!(config.volume <= 100 && config.overscan.rows <= 64 && config.overscan.columns <= 64);
            prop_assert!((0.01..=60.0).contains(&config.save_every.as_secs_f64()));
            for problem in &problems {
                prop_assert!(problem.line >= 1 && problem.line <= text.split('\n').count());
                prop_assert!(!problem.text.contains('\n'));
            }
            prop_assert!(problems.windows(2).all(|pair| pair[0].line < pair[1].line));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            parse(&text);
        }

        /// One bad value among good lines: exactly that line is reported, and all others are used.
        #[test]
        fn one_bad_value_affects_one_setting(scale in 1_u32..=16, volume in 0_u8..=100, bad in 0_usize..3) {
            let mut lines = ["[video]".to_owned(), format!("scale = {scale}"), "fullscreen = true".to_owned(),
                "[sound]".to_owned(), format!("volume = {volume}"), "[speed]".to_owned(), "speed = 2".to_owned()];
            let (line, default) = [(1, "using 3"), (4, "using 70"), (6, "using 1")][bad];
            let name = lines[line].split(' ').next().expect("a name").to_owned();
            lines[line] = format!("{name} = \"nonsense\"");
            let (config, problems) = parse(&lines.join("\n"));
            prop_assert_eq!(problems.len(), 1);
            prop_assert_eq!(problems[0].line, line + 1);
            prop_assert!(problems[0].text.contains(default));
            prop_assert_eq!(config.scale, if bad == 0 { 3.0 } else { f64::from(scale) });
            prop_assert_eq!(config.volume, if bad == 1 { 70 } else { volume });
            prop_assert_eq!(config.speed, Speed::Times(if bad == 2 { 1.0 } else { 2.0 }));
            prop_assert!(config.fullscreen);
        }
    }
}

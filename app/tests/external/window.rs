//! Drives `ricojit play` in a window under Xvfb; and trials that need no window.

use crate::drive::{fail, folder, misuse, program, ricojit, succeed};
use crate::early::early;
use libtest_mimic::Failed;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The timeout of a wait. It decides nothing but when to give up.
const PATIENCE: Duration = Duration::from_secs(90);

/// The screen of the trials: larger than the window, and four times the size of the picture in full screen.
pub(crate) const SCREEN: (usize, usize) = (1280, 960);

/// An X server.
pub(crate) struct Screen {
    server: Child,
    pub(crate) name: String,
}

impl Screen {
    pub(crate) fn start() -> Result<Self, Failed> {
        let (width, height) = SCREEN;
        let mut server = Command::new("Xvfb")
            // It chooses the first free display.
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0", &format!("{width}x{height}x24")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("it is piped")).read_line(&mut number)?;
        Ok(Self { server, name: format!(":{}", number.trim()) })
    }

    /// Runs xdotool.
    pub(crate) fn xdotool(&self, words: &[&str]) -> Result<String, Failed> {
        let output = Command::new("xdotool").args(words).env("DISPLAY", &self.name).output()?;
        if !output.status.success() {
            return Err(format!("xdotool {words:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The pixels of the screen as red, green and blue.
    pub(crate) fn grab(&self) -> Result<Vec<[u8; 3]>, Failed> {
        let words = ["-silent", "-window", "root", "-depth", "8", "rgb:-"];
        let bytes = Command::new("import").args(words).env("DISPLAY", &self.name).output()?.stdout;
        if bytes.len() != SCREEN.0 * SCREEN.1 * 3 {
            return Err(format!("import gave {} bytes", bytes.len()).into());
        }
        Ok(bytes.chunks_exact(3).map(|rgb| [rgb[0], rgb[1], rgb[2]]).collect())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The running program.
pub(crate) struct Play<'a> {
    pub(crate) screen: &'a Screen,
    pub(crate) child: Child,
    journal: PathBuf,
}

impl<'a> Play<'a> {
    /// Starts `ricojit play` with these arguments and waits until it shows pictures.
    pub(crate) fn start(screen: &'a Screen, folder: &Path, words: &[&str]) -> Result<Self, Failed> {
        Self::start_program(screen, folder, program(folder).arg("play").args(words))
    }

    /// The same with another program that has the options of `play`.
    pub(crate) fn start_program(screen: &'a Screen, folder: &Path, program: &mut Command) -> Result<Self, Failed> {
        let journal = folder.join("journal.txt");
        let _ = fs::remove_file(&journal);
        let child = program
            .args(["--journal", "journal.txt"])
            .env("DISPLAY", &screen.name)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("stderr.txt"))?)
            .spawn()?;
        let mut play = Self { screen, child, journal };
        play.wait_for("the first picture", |lines| lines.iter().any(|line| line == "drawn"))?;
        Ok(play)
    }

    /// The lines of the log so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.journal).unwrap_or_default();
        // The last line may be incomplete.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(str::to_owned).collect()
    }

    /// Waits until `find` finds something in the log.
    pub(crate) fn wait_for(&mut self, what: &str, found: impl Fn(&[String]) -> bool) -> Result<Vec<String>, Failed> {
        let start = Instant::now();
        loop {
            let lines = self.lines();
            if found(&lines) {
                return Ok(lines);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("it ended ({status}) before {what}").into());
            }
            if start.elapsed() > PATIENCE {
                let last = lines.len().saturating_sub(12);
                return Err(format!("no {what} in the log, which ends {:?}", &lines[last..]).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a line after the first `seen` ones begins with `start`.
    pub(crate) fn wait_after(&mut self, seen: usize, start: &str) -> Result<Vec<String>, Failed> {
        self.wait_for(start, |lines| lines[seen.min(lines.len())..].iter().any(|line| line.starts_with(start)))
    }

    /// Presses a key for a tenth of a second, perhaps with Control, and waits until the log has `expected`.
    pub(crate) fn press(&mut self, key: &str, expected: &str) -> Result<Vec<String>, Failed> {
        let seen = self.lines().len();
        match key.strip_prefix("ctrl+") {
            Some(key) => {
                self.screen.xdotool(&["keydown", "ctrl", "keydown", key])?;
                std::thread::sleep(Duration::from_millis(100));
                self.screen.xdotool(&["keyup", key, "keyup", "ctrl"])?;
            }
            None => {
                self.screen.xdotool(&["keydown", key])?;
                std::thread::sleep(Duration::from_millis(100));
                self.screen.xdotool(&["keyup", key])?;
            }
        }
        self.wait_after(seen, expected)
    }

    /// Presses Ctrl-Q and waits until the program ends.
    pub(crate) fn quit(&mut self) -> Result<(), Failed> {
        self.screen.xdotool(&["keydown", "ctrl", "keydown", "q"])?;
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if start.elapsed() > PATIENCE {
                return Err("it does not end".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        self.screen.xdotool(&["keyup", "q", "keyup", "ctrl"])?;
        if status.success() { Ok(()) } else { Err(format!("it ended with {status}").into()) }
    }
}

impl Drop for Play<'_> {
    fn drop(&mut self) {
        // It has ended, unless the trial failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A game that was compiled before it starts runs natively, and does so again after the interpreter; in another run, what
/// it enters is counted.
#[cfg(feature = "jit")]
pub(crate) fn ahead() -> Result<(), Failed> {
    let folder = folder("ahead", &[]);
    let screen = Screen::start()?;
    let mut play = Play::start(&screen, &folder, &["--engine", "aot", "--silent"])?;
    for engine in ["interp", "aot"] {
        let lines = play.press("e", "at ")?;
        if !lines.iter().rfind(|line| line.starts_with("at ")).is_some_and(|line| line.ends_with(engine)) {
            return Err(format!("not on {engine}: {lines:?}").into());
        }
    }
    play.quit()?;
    let mut play = Play::start(&screen, &folder, &["--silent", "--profile-out", "game.profile"])?;
    play.wait_for("a few frames", |lines| lines.iter().filter(|line| line.starts_with("shown ")).count() > 20)?;
    play.quit()?;
    let profile = fs::read_to_string(folder.join("game.profile"))?;
    let is_good = profile.starts_with("ricojit-entry-profile 1\nrom ") && profile.lines().count() > 10;
    if is_good { Ok(()) } else { Err(profile.into()) }
}

/// The image in the cache of a folder, if there is one.
#[cfg(feature = "jit")]
fn cached_image(folder: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(folder.join(".cache/ricojit")).ok()?;
    files.flatten().map(|file| file.path()).find(|path| path.extension().is_some_and(|extension| extension == "image"))
}

/// While a game is played, an image is made, which the next start uses; unless the cache is off.
#[cfg(feature = "jit")]
pub(crate) fn warm() -> Result<(), Failed> {
    let folder = folder("warm", &[("off.toml", b"[files]\ncache = false\n")]);
    let screen = Screen::start()?;
    for words in [&["--no-cache"][..], &["--config", "off.toml"], &["--engine", "interp"]] {
        let mut play = Play::start(&screen, &folder, &[&["--silent"][..], words].concat())?;
        play.quit()?;
        if folder.join(".cache").exists() {
            return Err(format!("{words:?}: there is a cache").into());
        }
    }
    let mut play = Play::start(&screen, &folder, &["--silent", "--speed", "unlimited"])?;
    play.wait_for("an image", |_| cached_image(&folder).is_some())?;
    play.quit()?;
    let path = cached_image(&folder).ok_or("the image is gone")?;
    let (image, long_ago) = (fs::read(&path)?, std::time::UNIX_EPOCH);
    fs::File::options().write(true).open(&path)?.set_modified(long_ago)?;
    let mut play = Play::start(&screen, &folder, &["--silent", "--speed", "unlimited"])?;
    let lines = play.wait_for("600 frames", |lines| lines.iter().any(|line| line.starts_with("moment 600 frames ")))?;
    play.quit()?;
    if fs::metadata(&path)?.modified()? == long_ago || !lines.iter().any(|line| line.starts_with("moment first ")) {
        return Err("the image was not used, or no picture shown".into());
    }
    // A damaged one is told once, and made again at the end.
    fs::write(&path, &image[..image.len() - 1])?;
    let mut play = Play::start(&screen, &folder, &["--silent"])?;
    play.quit()?;
    let error = fs::read_to_string(folder.join("stderr.txt"))?;
    let is_good = error.matches("is damaged").count() == 1 && error.lines().count() == 1 && path.exists();
    if is_good { Ok(()) } else { Err(error.into()) }
}

/// The program writes too early for an NES; a setting and an option change how the console starts.
pub(crate) fn ignored_writes() -> Result<(), Failed> {
    let folder = folder("ignored", &[("early.nes", &early()), ("famicom.toml", b"[machine]\nstart = \"famicom\"\n")]);
    let screen = Screen::start()?;
    for (words, expected) in [
        (&[][..], 1),
        (&["--start", "warm"], 0),
        (&["--config", "famicom.toml"], 0),
        (&["--config", "famicom.toml", "--start", "nes"], 1),
    ] {
        let mut play = Play::start(&screen, &folder, &[&["early.nes", "--silent"][..], words].concat())?;
        play.wait_for("a few frames", |lines| lines.iter().filter(|line| line.starts_with("shown ")).count() > 20)?;
        let told = play.lines().iter().filter(|line| line.contains("the PPU ignored a write to $2006")).count();
        play.quit()?;
        let error = fs::read_to_string(folder.join("stderr.txt"))?;
        if told != expected || error.matches("try --start warm").count() != expected {
            return Err(format!("{words:?}: told {told} times\n{error}").into());
        }
    }
    Ok(())
}

/// Without a display, the message names `ricojit run`.
pub(crate) fn no_display() -> Result<(), Failed> {
    let error = fail(&folder("no-display", &[]), "play");
    if error.contains("`ricojit run`") { Ok(()) } else { Err(error.into()) }
}

/// The settings file is written to the right place, but not over another; a bad line is reported.
pub(crate) fn settings() -> Result<(), Failed> {
    let folder = folder("settings", &[]);
    let out = succeed(&folder, "play --write-config");
    let path = folder.join(".config/ricojit/config.toml");
    if out.trim() != path.to_string_lossy() || !path.exists() {
        return Err(out.into());
    }
    let error = fail(&folder, "play --write-config");
    if !error.contains("the file exists") {
        return Err(format!("a second time: {error}").into());
    }
    fs::write(&path, "[video]\nscale = 200\n")?;
    let (_, _, error) = ricojit(&folder, "play");
    if error.lines().count() != 2 || !error.contains("config.toml, line 2: scale") {
        return Err(format!("a bad line: {error}").into());
    }
    misuse(&folder, "play --scale 200");
    Ok(())
}

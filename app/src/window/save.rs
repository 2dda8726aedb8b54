//! The cartridge's battery: keeps a `.sav` file of its RAM up to date while the game runs.
//!
//! Contract: the file is always complete, whenever the process ends: a new one is written to a temporary file, synced and
//! renamed. Data that this cartridge did not load is not lost: an unreadable file is left alone, and a file of another size
//! is backed up first. File errors never stop the game. Two games never share a file, though they may have the same name.

use crate::battery;
use crate::error::Error;
use crate::files::{self, Output};
use crate::terminal;
use ricojit::digest::hex;
use ricojit::text;
use ricojit::{Cartridge, Machine};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// When to retry a failed write.
const RETRY: Duration = Duration::from_secs(5);

/// Bytes of the ROM's hash in a name.
const HASH: usize = 8;

/// Most bytes of a game's name in the name of a file.
const NAME: usize = 100;

/// Where a game is saved.
pub(super) struct SaveFile {
    path: PathBuf,
    /// The file as versions named it that did not tell games of one name apart.
    old: Option<PathBuf>,
}

impl SaveFile {
    /// A file that the user named.
    pub(super) fn named(path: PathBuf) -> Self {
        Self { path, old: None }
    }

    /// The file of a game in a common folder.
    pub(super) fn of(folder: &Path, title: &str, cartridge: &Cartridge) -> Self {
        let (name, hash) = (clean(title), hex(&cartridge.rom_sha1[..HASH]));
        // A title may be anything: the old names are within the folder.
        let old = format!("{title}.sav");
        let old = (Path::new(&old).file_name() == Some(old.as_ref())).then(|| folder.join(old));
        Self { path: folder.join(format!("{name}-{hash}.sav")), old }
    }

    /// The path. A file under the old name is moved there, and a copy of it is kept: it may be that of another game.
    fn adopted(self, messages: &Sender<String>) -> PathBuf {
        let Self { path, old } = self;
        if let Some(old) = old.filter(|old| old.is_file() && !path.exists()) {
            let moved = fs::rename(&old, &path).map_err(|source| Error::write(&path, source));
            match moved.and_then(|()| files::back_up(&path, &path)) {
                Ok(copy) => {
                    let (old, path, copy) = (text::path(old), text::path(&path), text::path(copy));
                    say(messages, format!("moved {old} to {path}, and kept a copy in {copy}"));
                }
                Err(error) => say(messages, error.to_string()),
            }
        }
        path
    }
}

/// The name of a game in the name of a file: without what separates folders, and not hidden.
pub(super) fn clean(title: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || " -_.,()[]!&'+#".contains(c) { c } else { '_' };
    let name: String = title.chars().map(kept).collect();
    let name = name.trim_start_matches(['.', ' ', '-']);
    let name = name[..name.floor_char_boundary(NAME)].trim_end_matches(['.', ' ']);
    if name.is_empty() { "game".to_owned() } else { name.to_owned() }
}

/// The save file of a running game.
pub(super) struct Battery {
    /// The thread that writes, so that the disk does not delay frames.
    writer: Option<(Sender<Vec<u8>>, JoinHandle<()>)>,
    /// The content that was sent last.
    last: Vec<u8>,
    every: Duration,
    due: Duration,
}

impl Battery {
    /// Loads the file into the machine, if the file exists and the machine has a battery. From now on the RAM is checked
    /// once per `every`, and written if it changed. Errors go to `messages`.
    pub(super) fn load(file: SaveFile, machine: &mut Machine, every: Duration, messages: &Sender<String>) -> Self {
        let mut this = Self { writer: None, last: Vec::new(), every, due: every };
        let Some(size) = machine.battery().map(<[u8]>::len) else { return this };
        let path = file.adopted(messages);
        match battery::read(&path, size) {
            Ok(None) => {}
            Ok(Some(found)) => {
                machine.load_battery(&found.bytes);
                found.note.into_iter().for_each(|note| say(messages, note));
            }
            Err(error) => {
                say(messages, format!("{error}; battery RAM will not be saved"));
                return this;
            }
        }
        this.last = machine.battery().unwrap_or_default().to_vec();
        let (sender, receiver) = mpsc::channel();
        let errors = messages.clone();
        match thread::Builder::new().name("battery".to_owned()).spawn(move || write_all(&path, &receiver, &errors)) {
            Ok(handle) => this.writer = Some((sender, handle)),
            Err(error) => say(messages, format!("battery RAM will not be saved: {error}")),
        }
        this
    }

    /// Writes changes if it is time to. `now` is relative to any fixed moment.
    pub(super) fn tick(&mut self, machine: &Machine, now: Duration) {
        if now >= self.due {
            self.due = now + self.every;
            self.flush(machine);
        }
    }

    /// Writes changes.
    pub(super) fn flush(&mut self, machine: &Machine) {
        let Some((sender, _)) = &self.writer else { return };
        if let Some(bytes) = machine.battery().filter(|bytes| *bytes != self.last) {
            bytes.clone_into(&mut self.last);
            // The thread lives as long as the sender.
            let _ = sender.send(self.last.clone());
        }
    }

    /// Writes changes and waits until they are on disk.
    pub(super) fn finish(mut self, machine: &Machine) {
        self.flush(machine);
        if let Some((sender, handle)) = self.writer.take() {
            drop(sender);
            // The thread has reported errors itself.
            let _ = handle.join();
        }
    }
}

/// Writes what it receives; only the newest, if several wait. Retries failed writes, and once more at the end.
fn write_all(path: &Path, saves: &Receiver<Vec<u8>>, errors: &Sender<String>) {
    let (mut unsaved, mut failed, mut open) = (None, false, true);
    while open {
        let news = match unsaved {
            None => saves.recv().map_err(RecvTimeoutError::from),
            Some(_) => saves.recv_timeout(RETRY),
        };
        open = news != Err(RecvTimeoutError::Disconnected);
        if let Ok(bytes) = news {
            unsaved = Some(saves.try_iter().last().unwrap_or(bytes));
        }
        match unsaved.as_deref().map(|bytes| write(path, bytes)) {
            None => {}
            Some(Ok(())) => (unsaved, failed) = (None, false),
            // Reported once, until a write succeeds.
            Some(Err(error)) if !failed => {
                failed = true;
                say(errors, error.to_string());
            }
            Some(Err(_)) => {}
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| Error::write(path, source))?;
    }
    files::write(Output::create(path)?, bytes)
}

/// Shows a message on the picture and on standard error.
fn say(messages: &Sender<String>, text: String) {
    terminal::say(&text);
    // Fails when the program is ending.
    let _ = messages.send(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ricojit::Cartridge;
    use ricojit::Options;

    /// NROM with battery RAM, whose program does nothing.
    fn machine() -> Machine {
        machine_with(0)
    }

    /// The same of a game of its own.
    fn machine_with(byte: u8) -> Machine {
        let mut rom = vec![byte; 16 + 0x4000 + 0x2000];
        rom[8..16].fill(0);
        rom[..8].copy_from_slice(b"NES\x1A\x01\x01\x02\x00");
        let cartridge = Cartridge::load(&rom).expect("a cartridge");
        Machine::new(&cartridge, &Options::default()).expect("NROM")
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ricojit-save-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn changes_are_written_in_time_and_loaded_again() {
        let (folder, mut machine) = (folder("cycle"), machine());
        let path = folder.join("a.sav");
        let (messages, said) = mpsc::channel();
        let mut battery = Battery::load(SaveFile::named(path.clone()), &mut machine, SECOND, &messages);
        let size = machine.battery().expect("a battery").len();
        battery.tick(&machine, SECOND * 2);
        machine.load_battery(&vec![7; size]);
        battery.tick(&machine, SECOND * 2);
        battery.finish(&machine);
        assert_eq!(fs::read(&path).expect("written"), vec![7; size]);
        let mut again = self::machine();
        Battery::load(SaveFile::named(path.clone()), &mut again, SECOND, &messages).finish(&again);
        assert_eq!(again.battery(), machine.battery());
        assert!(said.try_recv().is_err(), "nothing to complain about");
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn an_unchanged_battery_is_not_written() {
        let (folder, mut machine) = (folder("untouched"), machine());
        let (messages, _said) = mpsc::channel();
        let battery = Battery::load(SaveFile::named(folder.join("a.sav")), &mut machine, SECOND, &messages);
        battery.finish(&machine);
        assert!(!folder.exists());
    }

    #[test]
    fn a_file_of_another_size_is_backed_up() {
        let (folder, mut machine) = (folder("size"), machine());
        let path = folder.join("a.sav");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(&path, [5; 100]).expect("written");
        let (messages, said) = mpsc::channel();
        Battery::load(SaveFile::named(path.clone()), &mut machine, SECOND, &messages).finish(&machine);
        assert!(said.try_recv().expect("a note").contains("kept a copy"));
        assert_eq!(fs::read(folder.join("a.sav.bak")).expect("a copy"), [5; 100]);
        assert_eq!(machine.battery().expect("a battery")[..100], [5; 100]);
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn a_failing_write_is_reported_once() {
        let (folder, mut machine) = (folder("trouble"), machine());
        // A file where the folder should be.
        fs::write(&folder, "").expect("written");
        let (messages, said) = mpsc::channel();
        let path = folder.join("saves").join("a.sav");
        let mut battery = Battery::load(SaveFile::named(path.clone()), &mut machine, SECOND, &messages);
        let size = machine.battery().expect("a battery").len();
        for value in 1..4 {
            machine.load_battery(&vec![value; size]);
            battery.flush(&machine);
        }
        battery.finish(&machine);
        assert_eq!(said.try_iter().count(), 1);
        fs::remove_file(&folder).expect("removable");
    }

    #[test]
    fn a_failed_write_is_retried() {
        let (folder, mut machine) = (folder("again"), machine());
        let (messages, said) = mpsc::channel();
        let path = folder.join("a.sav");
        let mut battery = Battery::load(SaveFile::named(path.clone()), &mut machine, SECOND, &messages);
        fs::write(&folder, "in the way").expect("written");
        let size = machine.battery().expect("a battery").len();
        machine.load_battery(&vec![7; size]);
        battery.flush(&machine);
        assert!(said.recv().expect("a message").contains("cannot write"));
        fs::remove_file(&folder).expect("removable");
        // Nothing has changed since.
        battery.finish(&machine);
        assert_eq!(fs::read(&path).expect("written"), vec![7; size]);
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn games_of_one_name_have_files_of_their_own() {
        let folder = folder("namesakes");
        let (messages, said) = mpsc::channel();
        for byte in [1, 2, 1, 2] {
            let mut machine = machine_with(byte);
            let file = SaveFile::of(&folder, "one", machine.cartridge());
            let battery = Battery::load(file, &mut machine, SECOND, &messages);
            let ram = machine.battery().expect("a battery").to_vec();
            assert!(ram.iter().all(|&found| found == ram[0]) && [0, byte].contains(&ram[0]), "{byte}: {}", ram[0]);
            machine.load_battery(&vec![byte; ram.len()]);
            battery.finish(&machine);
        }
        assert!(said.try_recv().is_err(), "nothing to complain about");
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2);
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn a_file_with_the_old_name_is_moved_once() {
        let folder = folder("moved");
        fs::create_dir_all(&folder).expect("a folder");
        let (messages, said) = mpsc::channel();
        let size = machine().battery().expect("a battery").len();
        fs::write(folder.join("one.sav"), vec![9; size]).expect("written");
        for (byte, expected) in [(1, 9), (2, 0), (1, 9)] {
            let mut machine = machine_with(byte);
            let file = SaveFile::of(&folder, "one", machine.cartridge());
            let path = file.path.clone();
            Battery::load(file, &mut machine, SECOND, &messages).finish(&machine);
            assert_eq!(machine.battery().expect("a battery")[0], expected, "game {byte}");
            assert_eq!((path.exists(), folder.join("one.sav").exists()), (expected == 9, false));
        }
        assert!(said.try_recv().expect("a message").starts_with("moved "));
        assert!(said.try_recv().is_err(), "once");
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2, "the file and its copy");
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn a_title_cannot_name_another_folder() {
        for (title, expected) in [
            ("Super Game (E) [!]", "Super Game (E) [!]"),
            ("../../etc/passwd", "_.._etc_passwd"),
            (".hidden", "hidden"),
            ("a/b\\c:d\n", "a_b_c_d_"),
            ("", "game"),
            ("..", "game"),
            ("\u{30de}\u{30ea}\u{30aa}", "\u{30de}\u{30ea}\u{30aa}"),
        ] {
            assert_eq!(clean(title), expected);
        }
        assert!(clean(&"\u{30de}".repeat(90)).len() <= NAME);
        let folder = Path::new("saves");
        let old = |title: &str| SaveFile::of(folder, title, machine().cartridge()).old;
        assert_eq!(old("one"), Some(folder.join("one.sav")));
        assert_eq!([old("../one"), old("/one")], [None, None]);
    }
}

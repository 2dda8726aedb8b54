//! The cartridge's battery: keeps a `.sav` file of its RAM up to date while the game runs.
//!
//! Contract: the file is always complete, whenever the process ends: a new one is written to a temporary file, synced and
//! renamed. Data that this cartridge did not load is not lost: an unreadable file is left alone, and a file of another size
//! is backed up first. File errors never stop the game.

use crate::battery;
use crate::error::Error;
use crate::files::{self, Output};
use crate::terminal;
use ricojit::Machine;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// When to retry a failed write.
const RETRY: Duration = Duration::from_secs(5);

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
    pub(super) fn load(path: &Path, machine: &mut Machine, every: Duration, messages: &Sender<String>) -> Self {
        let mut this = Self { writer: None, last: Vec::new(), every, due: every };
        let Some(size) = machine.battery().map(<[u8]>::len) else { return this };
        match battery::read(path, size) {
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
        let (path, errors) = (path.to_owned(), messages.clone());
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

/// The default save file of a ROM: its name with .sav, in a common folder.
pub(super) fn path_in(folder: &Path, rom: &str) -> PathBuf {
    let stem = Path::new(rom).file_stem().unwrap_or_else(|| "game".as_ref());
    let mut name = stem.to_owned();
    name.push(".sav");
    folder.join(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ricojit::Cartridge;
    use ricojit::Options;

    /// NROM with battery RAM, whose program does nothing.
    fn machine() -> Machine {
        let mut rom = vec![0; 16 + 0x4000 + 0x2000];
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
        let path = path_in(&folder, "games/one.nes");
        assert_eq!(path, folder.join("one.sav"));
        let (messages, said) = mpsc::channel();
        let mut battery = Battery::load(&path, &mut machine, SECOND, &messages);
        let size = machine.battery().expect("a battery").len();
        battery.tick(&machine, SECOND * 2);
        machine.load_battery(&vec![7; size]);
        battery.tick(&machine, SECOND * 2);
        battery.finish(&machine);
        assert_eq!(fs::read(&path).expect("written"), vec![7; size]);
        let mut again = self::machine();
        Battery::load(&path, &mut again, SECOND, &messages).finish(&again);
        assert_eq!(again.battery(), machine.battery());
        assert!(said.try_recv().is_err(), "nothing to complain about");
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn an_unchanged_battery_is_not_written() {
        let (folder, mut machine) = (folder("untouched"), machine());
        let (messages, _said) = mpsc::channel();
        let battery = Battery::load(&path_in(&folder, "a.nes"), &mut machine, SECOND, &messages);
        battery.finish(&machine);
        assert!(!folder.exists());
    }

    #[test]
    fn a_file_of_another_size_is_backed_up() {
        let (folder, mut machine) = (folder("size"), machine());
        let path = path_in(&folder, "a.nes");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(&path, [5; 100]).expect("written");
        let (messages, said) = mpsc::channel();
        Battery::load(&path, &mut machine, SECOND, &messages).finish(&machine);
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
        let mut battery = Battery::load(&path, &mut machine, SECOND, &messages);
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
        let mut battery = Battery::load(&path, &mut machine, SECOND, &messages);
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
}

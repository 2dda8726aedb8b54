//! Battery files under kill -9, and under signals that ask for an end.

use crate::drive::folder;
use crate::window::{Play, Screen};
use libtest_mimic::Failed;
use std::fs;
use std::time::Duration;

/// An NROM cartridge with 8 KiB of battery RAM. Its program counts, and fills $6000-$60FF with each count: at any time the
/// page holds the current count up to some byte, and the previous count after it.
pub(crate) fn game() -> Vec<u8> {
    #[rustfmt::skip]
    let program = [
        0xA2, 0x00,       // LDX #0
        0xE6, 0x00,       // INC $00
        0xA5, 0x00,       // LDA $00
        0x9D, 0x00, 0x60, // STA $6000,X
        0xE8,             // INX
        0xD0, 0xFA,       // BNE -6
        0xF0, 0xF4,       // BEQ -12
    ];
    let mut rom = b"NES\x1A\x01\x01\x02\x00".to_vec();
    rom.resize(16 + 0x4000 + 0x2000, 0);
    rom[16..16 + program.len()].copy_from_slice(&program);
    for vector in [0x3FFA, 0x3FFC, 0x3FFE] {
        rom[16 + vector..][..2].copy_from_slice(&0xC000_u16.to_le_bytes());
    }
    rom
}

/// Whether these bytes are the battery RAM at some time.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let (page, rest) = match bytes.split_at_checked(0x100) {
        Some(parts) if bytes.len() == 0x2000 => parts,
        _ => return false,
    };
    let count = page[0];
    let filled = page.iter().take_while(|&&byte| byte == count).count();
    page[filled..].iter().all(|&byte| byte == count.wrapping_sub(1)) && rest.iter().all(|&byte| byte == 0)
}

pub(crate) fn kill() -> Result<(), Failed> {
    let folder = folder("kill", &[]);
    fs::write(folder.join("game.nes"), game())?;
    fs::write(folder.join("config.toml"), "[files]\nsave_every = 0.01\n[video]\nscale = 1\n")?;
    let screen = Screen::start()?;
    let save = folder.join("game.sav");
    let (times, mut different) = (if crate::environment::run_everything() { 200 } else { 20 }, 0);
    let mut last = Vec::new();
    for time in 0..times {
        let words = ["game.nes", "--config", "config.toml", "--save", "game.sav"];
        let mut play = Play::start(&screen, &folder, &words)?;
        // 50 to 200 ms, at a different phase of game and writer each time.
        std::thread::sleep(Duration::from_micros(u64::from(50_000 + time * 41_539 % 150_000)));
        // SIGKILL: the program cannot react.
        play.child.kill()?;
        play.child.wait()?;
        if !save.exists() && time == 0 {
            // Killed before the first write: possible on a slow host.
            continue;
        }
        let bytes = fs::read(&save)?;
        if !is_whole(&bytes) {
            return Err(
                format!("kill {time}: {} bytes, beginning {:?}", bytes.len(), &bytes[..bytes.len().min(300)]).into()
            );
        }
        different += u32::from(bytes != last);
        last = bytes;
    }
    // If the file rarely changed, the kills did not hit any writes.
    if different * 4 < times * 3 { Err(format!("only {different} of {times} changed the file").into()) } else { Ok(()) }
}

/// What the game has at the end is in the file, whichever signal ends it; a link to the file stays, and nothing else.
#[cfg(unix)]
pub(crate) fn signals() -> Result<(), Failed> {
    use rustix::process::{Pid, Signal, kill_process};
    let folder = folder("signals", &[]);
    fs::write(folder.join("game.nes"), game())?;
    // Without the end, the file would not be written.
    fs::write(folder.join("config.toml"), "[files]\nsave_every = 3600\n[video]\nscale = 1\n")?;
    fs::create_dir(folder.join("cloud"))?;
    std::os::unix::fs::symlink("cloud/game.sav", folder.join("game.sav"))?;
    let screen = Screen::start()?;
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let words = ["game.nes", "--config", "config.toml", "--save", "game.sav"];
        let mut play = Play::start(&screen, &folder, &words)?;
        std::thread::sleep(Duration::from_millis(300));
        kill_process(Pid::from_child(&play.child), signal)?;
        let ended = play.child.wait()?.code();
        let bytes = fs::read(folder.join("cloud/game.sav"))?;
        let hidden = |item: &fs::DirEntry| item.file_name().as_encoded_bytes().ends_with(b".tmp");
        let files = fs::read_dir(&folder)?.chain(fs::read_dir(folder.join("cloud"))?).flatten().filter(hidden).count();
        let is_link = folder.join("game.sav").is_symlink();
        if ended != Some(code) || !is_whole(&bytes) || bytes[0] == 0 || files != 0 || !is_link {
            return Err(
                format!("{code}: {ended:?}, {} bytes, {files} temporary files, link {is_link}", bytes.len()).into()
            );
        }
        fs::remove_file(folder.join("cloud/game.sav"))?;
    }
    Ok(())
}

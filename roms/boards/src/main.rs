//! Writes all test ROMs into a folder, each with a list of its checks.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: ricojit-board-roms FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(count) => {
            println!("{count} ROMs");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<usize> {
    fs::create_dir_all(folder)?;
    let roms = ricojit_board_roms::all();
    for rom in &roms {
        fs::write(folder.join(format!("{}.nes", rom.name)), &rom.image)?;
        let mut steps = String::new();
        for (address, what) in &rom.steps {
            // Writing to a string cannot fail.
            let _ = writeln!(steps, "{address:04X} {what}");
        }
        fs::write(folder.join(format!("{}.txt", rom.name)), steps)?;
    }
    Ok(roms.len())
}

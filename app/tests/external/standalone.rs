//! An executable that is one game, in a window.

use crate::battery::{game, is_whole};
use crate::drive::{folder, ricojit};
use crate::window::{Play, Screen};
use libtest_mimic::Failed;
use std::fs;
use std::process::Command;

/// It plays, has its title and its icon, and saves under its own name, in the folder and under the name that `play` uses.
pub(crate) fn window() -> Result<(), Failed> {
    let folder = folder("standalone", &[("game.nes", &game()), ("icon.png", &icon())]);
    let words = "compile game.nes --standalone --title My:Game --icon icon.png -o game --runtime";
    let (code, _, error) = ricojit(&folder, &format!("{words} {}", env!("CARGO_BIN_EXE_ricojit")));
    if code != 0 {
        return Err(error.into());
    }
    let screen = Screen::start()?;
    let saves = folder.join(".local/share/ricojit/saves");
    let mut names = Vec::new();
    for (engine, words) in [("jit", &["--silent"][..]), ("interp", &["--silent", "--engine", "interp"])] {
        let mut program = Command::new(folder.join("game"));
        program.current_dir(&folder).env_clear().env("HOME", &folder).args(words);
        let mut play = Play::start_program(&screen, &folder, &mut program)?;
        play.wait_for("a few frames", |lines| lines.iter().filter(|line| line.starts_with("shown ")).count() > 20)?;
        screen.xdotool(&["search", "--sync", "--name", "^My:Game - Ricojit$"])?;
        play.quit()?;
        let error = fs::read_to_string(folder.join("stderr.txt"))?;
        if !error.is_empty() {
            return Err(format!("{engine}: {error}").into());
        }
        names = fs::read_dir(&saves)?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>, Failed>>()?;
        let [name] = &names[..] else { return Err(format!("{engine}: {names:?}").into()) };
        if !name.to_string_lossy().starts_with("My_Game-") || !is_whole(&fs::read(saves.join(name))?) {
            return Err(format!("{engine}: {name:?}").into());
        }
    }
    if names.len() == 1 { Ok(()) } else { Err(format!("{names:?}").into()) }
}

/// A picture of 16 x 16 pixels.
fn icon() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 16, 16);
    encoder.set_color(png::ColorType::Rgba);
    let written = encoder.write_header().and_then(|mut png| png.write_image_data(&[0x7F; 16 * 16 * 4]));
    written.expect("memory is enough");
    file
}

//! All keys, with a check of the screen after each.

use crate::drive::folder;
use crate::window::{Play, SCREEN, Screen};
use libtest_mimic::Failed;
use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
use ricojit::Palette;
use ricojit::frame::{Frame, HEIGHT, WIDTH};
use ricojit::input::movie::{Action, Player};
use ricojit::input::script;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// RAM of the demo: the position of the robot.
const ROBOT_X: usize = 0x34;
const ROBOT_START: u8 = 64;

/// A machine on the interpreter that replays the input of the log.
struct Replay {
    machine: Machine,
    frames: u64,
}

impl Replay {
    fn new() -> Self {
        let cartridge = Cartridge::load(include_bytes!("../../../roms/demo.nes")).expect("the demo");
        let machine = Machine::new(&cartridge, &Options::new().without_sound());
        Self { machine: machine.expect("NROM"), frames: 0 }
    }

    /// Runs up to `frame` with the input of the log.
    fn run_to(&mut self, frame: u64, lines: &[String]) -> Result<(), Failed> {
        if frame < self.frames {
            return Err(format!("frame {frame} was shown after {}", self.frames).into());
        }
        let input: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("input ")).collect();
        let movie = script::parse(input.join("\n").as_bytes())?;
        let mut player = Player::new(&movie);
        for frame in self.frames..frame {
            for event in movie.events().iter().filter(|event| event.frame == frame) {
                act(&mut self.machine, event.action);
            }
            self.machine.run_frame();
        }
        // The log must contain the input of a frame before the frame.
        player.due(frame).count();
        self.frames = frame;
        Ok(())
    }
}

fn act(machine: &mut Machine, action: Action) {
    match action {
        Action::Hold(pad, buttons) => machine.set_buttons(pad, buttons),
        Action::Reset => machine.reset(),
        Action::Power => machine.power(),
    }
}

/// An area of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Area {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

impl Area {
    fn contains(self, x: usize, y: usize) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }
}

/// What the window shows, according to the end of the log.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    frame: u64,
    window: (usize, usize),
    picture: Area,
    texts: Vec<Area>,
}

fn numbers(words: &str) -> Vec<usize> {
    words.split(' ').filter_map(|word| word.parse().ok()).collect()
}

/// `None` while a picture is about to be drawn.
fn shown(lines: &[String]) -> Option<Shown> {
    let drawn = lines.iter().rposition(|line| line == "drawn")?;
    let of = |start: &str| lines.iter().rposition(|line| line.starts_with(start));
    let (frame, window) = (of("shown ")?, of("window ")?);
    if drawn < frame || drawn < window {
        return None;
    }
    let area = |n: &[usize]| Area { x: n[0], y: n[1], width: n[2], height: n[3] };
    let texts = lines[..drawn].iter().rev().take_while(|line| *line != "drawn");
    let texts = texts.filter_map(|line| line.strip_prefix("text ")).map(|words| area(&numbers(words))).collect();
    let window = numbers(&lines[window]);
    Some(Shown {
        frame: numbers(&lines[frame])[0] as u64,
        window: (window[0], window[1]),
        picture: area(&window[2..]),
        texts,
    })
}

/// The running program and the replay.
struct Walk<'a> {
    play: Play<'a>,
    replay: Replay,
}

impl Walk<'_> {
    /// Pauses, compares the screen with the machine, and continues. Returns the compared frame.
    fn look(&mut self, step: &str) -> Result<u64, Failed> {
        self.play.press("Escape", "at ")?;
        let frame = self.compare(step)?;
        self.play.press("Escape", "at ")?;
        Ok(frame)
    }

    /// Compares the screen with the machine during a pause.
    fn compare(&mut self, step: &str) -> Result<u64, Failed> {
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(100));
            let before = shown(&self.play.lines());
            let screen = self.play.screen.grab()?;
            let lines = self.play.lines();
            // The log describes the screenshot only if it did not change meanwhile.
            if let Some(shown) = before.filter(|before| Some(before) == shown(&lines).as_ref()) {
                self.replay.run_to(shown.frame, &lines)?;
                return same(&screen, &shown, self.replay.machine.frame())
                    .map(|()| shown.frame)
                    .map_err(|difference| format!("{step}: {difference}").into());
            }
        }
        Err(format!("{step}: the picture does not come to rest").into())
    }
}

/// Compares a screen with the window in its middle.
fn same(screen: &[[u8; 3]], shown: &Shown, frame: &Frame) -> Result<(), String> {
    let (left, top) = ((SCREEN.0 - shown.window.0) / 2, (SCREEN.1 - shown.window.1) / 2);
    let palette = Palette::default();
    let (picture, mut compared, mut colours) = (shown.picture, 0, std::collections::BTreeSet::new());
    for y in 0..shown.window.1 {
        for x in 0..shown.window.0 {
            if shown.texts.iter().any(|text| text.contains(x, y)) {
                continue;
            }
            let expected = if picture.contains(x, y) {
                let (px, py) = ((x - picture.x) * WIDTH / picture.width, (y - picture.y) * HEIGHT / picture.height);
                let [r, g, b, _] = palette.rgba(frame.pixels()[py * WIDTH + px]);
                [r, g, b]
            } else {
                [0; 3]
            };
            let found = screen[(top + y) * SCREEN.0 + left + x];
            if found != expected {
                return Err(format!(
                    "frame {}: {found:?} where {expected:?} belongs, {x},{y} in the window",
                    shown.frame
                ));
            }
            compared += 1;
            colours.insert(found);
        }
    }
    // A black screen equals a black picture and proves nothing.
    if colours.len() < 5 || compared * 2 < shown.window.0 * shown.window.1 {
        return Err(format!("{compared} pixels of {} colours are no comparison", colours.len()));
    }
    Ok(())
}

pub(crate) fn all_keys() -> Result<(), Failed> {
    let folder = folder("walk", &[]);
    let screen = Screen::start()?;
    let play = Play::start(&screen, &folder, &[])?;
    let mut walk = Walk { play, replay: Replay::new() };
    walk.play.wait_for("frame 60", |lines| shown(lines).is_some_and(|shown| shown.frame >= 60))?;
    walk.look("from the start")?;
    buttons(&mut walk)?;
    latency(&mut walk)?;
    focus(&mut walk)?;
    speeds(&mut walk)?;
    steps(&mut walk)?;
    pictures(&mut walk, &folder)?;
    engines(&mut walk)?;
    restarts(&mut walk)?;
    whole_screen(&mut walk)?;
    walk.play.quit()
}

/// Held buttons move the robot; a short press is not lost.
fn buttons(walk: &mut Walk<'_>) -> Result<(), Failed> {
    let seen = walk.play.lines().len();
    walk.play.screen.xdotool(&["keydown", "Right"])?;
    walk.play.wait_after(seen, "input ")?;
    std::thread::sleep(Duration::from_millis(300));
    walk.play.screen.xdotool(&["keyup", "Right"])?;
    walk.look("after Right")?;
    if walk.replay.machine.ram()[ROBOT_X] <= ROBOT_START {
        return Err("the robot did not move".into());
    }
    for _ in 0..10 {
        let seen = walk.play.lines().len();
        walk.play.screen.xdotool(&["keydown", "x", "keyup", "x"])?;
        let is_press = |line: &String| line.starts_with("input ") && line.ends_with(" 1 a");
        let is_release = |line: &String| line.starts_with("input ") && line.ends_with(" 1 -");
        walk.play.wait_for("a short press", |lines| {
            lines[seen..].iter().any(is_press) && lines[seen..].iter().any(is_release)
        })?;
    }
    // The keys of player 2 reach pad 2.
    walk.play.press("g", "input ")?;
    let lines = walk.play.lines();
    if !lines.iter().any(|line| line.starts_with("input ") && line.ends_with(" 2 a")) {
        return Err("the second pad has no button".into());
    }
    walk.look("after ten short presses").map(drop)
}

/// The latency from a key to the first picture that it changes, in frames.
fn latency(walk: &mut Walk<'_>) -> Result<(), Failed> {
    // Wait until the robot has landed: before, A has no effect.
    let from = shown(&walk.play.lines()).map_or(0, |shown| shown.frame) + 90;
    walk.play.wait_for("the robot on the ground", |lines| shown(lines).is_some_and(|shown| shown.frame > from))?;
    let seen = walk.play.lines().len();
    let lines = walk.play.press("x", "input ")?;
    let key = seen + lines[seen..].iter().position(|line| line.starts_with("key Press")).ok_or("no key in the log")?;
    let last = shown(&lines[..key]).map(|shown| shown.frame);
    let input = lines[key..].iter().find_map(|line| line.strip_prefix("input ")).ok_or("no input in the log")?;
    let input = numbers(input)[0] as u64;
    // The game itself adds latency: a machine without the button shows how much.
    walk.replay.run_to(input, &lines)?;
    let (mut pressed, mut other) = (walk.replay.machine.clone(), walk.replay.machine.clone());
    act(&mut pressed, Action::Hold(ricojit::input::Pad::One, ricojit::Buttons::A));
    let mut game = 0;
    while pressed.frame() == other.frame() {
        pressed.run_frame();
        other.run_frame();
        game += 1;
        if game > 10 {
            return Err("A changes nothing".into());
        }
    }
    let last = last.ok_or("nothing was shown before the key")?;
    // Pictures count from 1, frames from 0: frame `input` has the button and makes picture `input + 1`.
    println!(
        "latency: a key reached the window when picture {last} was shown; picture {} had the button in it, picture {} \
         shows it (the game takes {game} frames)",
        input + 1,
        input + game
    );
    walk.look("after A").map(drop)
}

/// A window that loses focus releases all buttons.
fn focus(walk: &mut Walk<'_>) -> Result<(), Failed> {
    let window = walk.play.screen.xdotool(&["search", "--name", "demo - Ricojit"])?;
    walk.play.screen.xdotool(&["windowfocus", &window])?;
    std::thread::sleep(Duration::from_millis(200));
    let seen = walk.play.lines().len();
    walk.play.screen.xdotool(&["keydown", "Left"])?;
    walk.play.wait_after(seen, "input ")?;
    let seen = walk.play.lines().len();
    // 1 is PointerRoot: the focus follows the pointer, which is in a corner outside of the window.
    walk.play.screen.xdotool(&["mousemove", "0", "0"])?;
    let root = walk.play.screen.xdotool(&["search", "--maxdepth", "0", ""])?;
    walk.play.screen.xdotool(&["windowfocus", root.lines().next().unwrap_or_default()])?;
    let lines = walk.play.wait_after(seen, "input ")?;
    if !lines.last().is_some_and(|_| lines[seen..].iter().any(|line| line.ends_with(" 1 -"))) {
        return Err("Left is still held".into());
    }
    walk.play.screen.xdotool(&["keyup", "Left", "windowfocus", &window])?;
    std::thread::sleep(Duration::from_millis(200));
    walk.look("after losing the keyboard").map(drop)
}

/// Fast-forward skips pictures, and nothing else.
fn speeds(walk: &mut Walk<'_>) -> Result<(), Failed> {
    let seen = walk.play.lines().len();
    walk.play.screen.xdotool(&["keydown", "Tab"])?;
    walk.play.wait_after(seen, "at ")?;
    std::thread::sleep(Duration::from_millis(700));
    walk.play.screen.xdotool(&["keyup", "Tab"])?;
    let lines = walk
        .play
        .wait_for("the end of it", |lines| lines[seen..].iter().filter(|line| line.contains("speed")).count() == 2)?;
    let frames: Vec<u64> = lines[seen..]
        .iter()
        .filter_map(|line| line.strip_prefix("shown "))
        .filter_map(|frame| frame.parse().ok())
        .collect();
    if !frames.windows(2).any(|pair| pair[1] > pair[0] + 1) {
        return Err("every frame was shown in fast-forward".into());
    }
    walk.look("after fast-forward")?;
    walk.play.press("F9", "at ")?;
    std::thread::sleep(Duration::from_millis(300));
    walk.look("at unlimited speed")?;
    walk.play.press("F9", "at ")?;
    for _ in 0..4 {
        walk.play.press("minus", "at ")?;
    }
    walk.look("at a quarter of the speed")?;
    walk.play.press("0", "at ").map(drop)
}

/// Frame advance runs one frame.
fn steps(walk: &mut Walk<'_>) -> Result<(), Failed> {
    walk.play.press("Escape", "at ")?;
    let first = walk.compare("paused")?;
    for step in 1..=3 {
        walk.play.press("grave", "shown ")?;
        let frame = walk.compare("after a step")?;
        if frame != first + step {
            return Err(format!("step {step} from frame {first} came to {frame}").into());
        }
    }
    walk.play.press("Escape", "at ").map(drop)
}

/// A screenshot is the picture of the machine; the overlay covers only the area that it reports.
fn pictures(walk: &mut Walk<'_>, folder: &Path) -> Result<(), Failed> {
    walk.play.press("Escape", "at ")?;
    walk.compare("before the screenshot")?;
    let lines = walk.play.press("F12", "screenshot ")?;
    let line = lines.iter().rfind(|line| line.starts_with("screenshot ")).ok_or("no screenshot")?;
    let path = line.splitn(3, ' ').nth(2).ok_or("no path")?;
    if !Path::new(path).starts_with(folder.join(".local/share/ricojit/screenshots")) {
        return Err(format!("the screenshot went to {path}").into());
    }
    let mut reader = png::Decoder::new(std::io::BufReader::new(fs::File::open(path)?)).read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("too large")?];
    reader.next_frame(&mut bytes)?;
    let palette = Palette::default();
    let pixels = walk.replay.machine.frame().pixels();
    if !pixels.iter().zip(bytes.chunks_exact(3)).all(|(&pixel, rgb)| palette.rgba(pixel)[..3] == *rgb) {
        return Err("the screenshot is another picture".into());
    }
    for step in ["one line of overlay", "all of the overlay"] {
        walk.play.press("F10", "drawn")?;
        walk.compare(step)?;
    }
    walk.play.press("F10", "drawn")?;
    walk.play.press("Escape", "at ").map(drop)
}

/// The other engine continues in the same state.
fn engines(walk: &mut Walk<'_>) -> Result<(), Failed> {
    let other = if cfg!(feature = "jit") { ["interp", "jit"] } else { ["interp", "interp"] };
    for engine in other {
        let lines = walk.play.press("e", "at ")?;
        if !lines.iter().rfind(|line| line.starts_with("at ")).is_some_and(|line| line.ends_with(engine)) {
            return Err(format!("not on {engine}").into());
        }
        walk.look(engine)?;
    }
    Ok(())
}

/// Reset and power are input too.
fn restarts(walk: &mut Walk<'_>) -> Result<(), Failed> {
    for (key, what) in [("ctrl+r", "reset"), ("ctrl+t", "power")] {
        let lines = walk.play.press(key, "input ")?;
        if !lines.iter().any(|line| line.starts_with("input ") && line.ends_with(what)) {
            return Err(format!("no {what}").into());
        }
        std::thread::sleep(Duration::from_millis(500));
        walk.look(what)?;
    }
    Ok(())
}

/// Full screen and back.
fn whole_screen(walk: &mut Walk<'_>) -> Result<(), Failed> {
    for size in [SCREEN, (WIDTH * 3, HEIGHT * 3)] {
        let lines = walk.play.press("F11", "window ")?;
        let found = shown(&lines).map(|shown| shown.window);
        walk.look("another size")?;
        if shown(&walk.play.lines()).map(|shown| shown.window) != Some(size) {
            return Err(format!("the window has {found:?} where {size:?} was to be").into());
        }
    }
    Ok(())
}

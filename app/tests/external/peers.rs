//! `ricojit bench --peer` with our own core (`tests/external/peers/core.c`), all of whose pixels and samples are known.
//!
//! Needs a C compiler, `cc`. Without one the trials are ignored, or fail if the variable `CI` is set.

use crate::drive::{fail, misuse, ricojit, succeed};
use crate::environment::missing;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

pub(crate) fn trials() -> Vec<Trial> {
    let compiler = Command::new("cc").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    let mut trials = vec![Trial::test("a file that is not a core is refused", no_core)];
    if compiler {
        trials.push(Trial::test("every pixel, sample and button is passed on", everything));
        trials.push(Trial::test("a core is timed in the same run", rows));
        trials.push(Trial::test("a core that does not work is reported", bad_cores));
        trials.push(Trial::test("cores are compared over a corpus", corpus));
        trials.push(Trial::test("states are measured in the same run", states));
    } else {
        trials.push(missing("a C compiler is there", "not installed: cc".to_owned()));
    }
    trials
}

/// A folder for a trial, with the demo.
fn folder(trial: &str) -> PathBuf {
    crate::drive::folder(trial, &[("demo.nes", include_bytes!("../../../roms/demo.nes"))])
}

/// Compiles the core with these macros.
fn core(folder: &Path, name: &str, macros: &[&str]) -> Result<(), Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/external/peers/core.c");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(folder.join(name)).args(macros).arg(source);
    let Output { status, stderr, .. } = cc.output()?;
    if status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&stderr).into_owned().into()) }
}

/// The frames of the core, as in `core.c`.
struct Fake {
    frames: u32,
    /// The buttons, as libretro numbers them.
    pads: [u32; 2],
}

impl Fake {
    /// The bytes of the picture and the samples of the next frame.
    fn run_frame(&mut self) -> (Vec<u8>, Vec<u8>) {
        let buttons = (self.pads[0] << 10) ^ self.pads[1];
        let pixel = |at: u32| ((self.frames % 4) << 24 | (buttons ^ (at % 5 * 16 + at / 5))).to_le_bytes();
        let sounds = (0..6).flat_map(|i| [(self.frames * 7) as i16 + i, -i]);
        let sounds = [self.frames as i16, -1].into_iter().chain(sounds);
        let frame = ((0..15).flat_map(pixel).collect(), sounds.flat_map(i16::to_le_bytes).collect());
        self.frames += 1;
        frame
    }
}

/// Start, A; then B and right; pad 2 up; in a loop.
const SCRIPT: &str = "0 1 start+a\n3 1 b+right+select\n5 2 up\n6 1 down+left\n7 2 -\n9 loop\n";

/// The same as libretro's button numbers, for each frame of the loop.
const PADS: [[u32; 2]; 9] = [
    [1 << 3 | 1 << 8, 0],
    [1 << 3 | 1 << 8, 0],
    [1 << 3 | 1 << 8, 0],
    [1 | 1 << 7 | 1 << 2, 0],
    [1 | 1 << 7 | 1 << 2, 0],
    [1 | 1 << 7 | 1 << 2, 1 << 4],
    [1 << 5 | 1 << 6, 1 << 4],
    [1 << 5 | 1 << 6, 0],
    [1 << 5 | 1 << 6, 0],
];

fn everything() -> Result<(), Failed> {
    let folder = folder("everything");
    core(&folder, "fake_libretro.so", &[])?;
    fs::write(folder.join("keys.txt"), SCRIPT)?;
    succeed(
        &folder,
        "bench --peer ./fake_libretro.so --input keys.txt --warmup 4 --frames 30 --rounds 2 --engine interp \
         --mode full --json rows.json demo.nes",
    );
    let rows: Vec<Value> = serde_json::from_str(&fs::read_to_string(folder.join("rows.json"))?)?;
    for (cold, warm_up) in [(false, 4), (true, 0)] {
        let mut fake = Fake { frames: 0, pads: [0; 2] };
        let (mut pictures, mut samples, mut seen) = (Xxh3::new(), Xxh3::new(), HashSet::new());
        for frame in 0..warm_up + 30 {
            fake.pads = PADS[frame % PADS.len()];
            let (picture, sound) = fake.run_frame();
            if frame >= warm_up {
                pictures.update(&xxh3_128(&picture).to_le_bytes());
                seen.insert(picture);
                samples.update(&sound);
            }
        }
        let (picture, sound) = fake.run_frame();
        let end = xxh3_128(&[&xxh3_128(&picture).to_le_bytes(), sound.as_slice()].concat());
        let all = [pictures.digest128(), samples.digest128(), end].map(u128::to_le_bytes).concat();
        let row = rows.iter().find(|row| row["engine"] == "fake" && row["cold"] == cold).expect("a row");
        assert_eq!(row["digest"], format!("{:032x}", xxh3_128(&all)), "cold: {cold}");
        assert_eq!(row["distinct"], seen.len(), "cold: {cold}");
    }
    Ok(())
}

fn rows() -> Result<(), Failed> {
    let folder = folder("rows");
    core(&folder, "fake_libretro.so", &[])?;
    core(&folder, "short.so", &["-DSHORT"])?;
    let short = "--warmup 3 --frames 5 --rounds 3";
    let out = succeed(
        &folder,
        &format!("bench --peer fake_libretro.so --peer short.so {short} --json rows.json --chart chart.svg demo.nes"),
    );
    for part in [
        "fake: Fake 7, 5x3 XRGB8888, stereo at 420 Hz\n",
        "short: Fake 7, 5x3 RGB565, stereo at 420 Hz\n",
        "ours: 256x240 RGBA,",
        "to fake with picture and sound",
        "5 frames after 3\n",
        "5 frames from power-on\n",
        "warm, short, full",
        "cold, interp, full",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let rows: Vec<Value> = serde_json::from_str(&fs::read_to_string(folder.join("rows.json"))?)?;
    let engines = if cfg!(feature = "jit") { 3 } else { 1 };
    assert_eq!(
        rows.len(),
        2 * (4 + 3 * engines),
        "two peers with and without pictures, ours in three modes; warm and cold"
    );
    for row in &rows {
        assert!(row["fps"].as_f64().is_some_and(|fps| fps > 0.0), "{row}");
        assert_eq!((&row["rounds"], &row["frames"], &row["rom"]), (&3.into(), &5.into(), &"demo.nes".into()));
        let peer = row["engine"] == "fake" || row["engine"] == "short";
        assert_eq!((row["mhz"].is_null(), &row["idle_skip"]), (peer, &(!peer).into()), "{row}");
    }
    assert!(fs::read_to_string(folder.join("chart.svg"))?.contains(">short</text>"));

    let out = succeed(&folder, &format!("bench --peer short.so {short} --mode bare demo.nes"));
    assert!(out.contains("ours: 256x240 RGB565,") && !out.contains("no-video"), "{out}");
    let out = succeed(&folder, "bench --peer ./short.so --solo --warmup 3 --frames 5 demo.nes");
    assert_eq!(out, "demo.nes: 8 frames, 8 pictures of 5x3, 112 samples\n");
    let out = succeed(&folder, "bench --solo --warmup 3 --frames 5 --mode bare demo.nes");
    assert!(out.starts_with("demo.nes: 8 frames, "), "{out}");
    Ok(())
}

/// The error message of a run that fails.
fn sentence(folder: &Path, args: &str) -> String {
    let words = format!("bench {args} --warmup 1 --frames 2 --rounds 1 demo.nes");
    let (code, out, error) = ricojit(folder, &words);
    assert_eq!((code, error.lines().count()), (1, 1), "{args}: {out}{error}");
    error
}

fn bad_cores() -> Result<(), Failed> {
    let folder = folder("bad");
    for (name, macros, expected) in [
        ("refuses.so", "-DREFUSES", "refuses.so: this core does not accept demo.nes"),
        ("new.so", "-DVERSION=2", "new.so: this core needs version 2 of the libretro API"),
        ("part.so", "-DNO_CORE", "part.so: this library is not a libretro core: it has no `retro_run`"),
        (
            "nowhere.so",
            "-DNO_CORE -Wl,--defsym,retro_run=0",
            "nowhere.so: this library is not a libretro core: it has no",
        ),
        ("needs.so", "-DNEEDS", "needs.so: this library cannot be loaded: "),
        ("mute.so", "-DMUTE", "demo.nes, full: mute delivered no picture"),
        ("card.so", "-DPICTURE=(void*)-1", "demo.nes, full: card delivered no picture"),
        ("narrow.so", "-DPITCH=19", "demo.nes, full: narrow delivered no picture"),
        ("wide.so", "-DPITCH=SIZE_MAX/2", "demo.nes, full: wide delivered no picture"),
        ("drifts.so", "-DDRIFTS", "demo.nes, full: drifts did different work when it was timed"),
    ] {
        core(&folder, name, &macros.split(' ').collect::<Vec<_>>())?;
        let error = sentence(&folder, &format!("--peer {name}"));
        assert!(error.contains(expected), "{error}");
    }
    for (name, sound) in
        [("silent.so", "-DSOUND=NULL"), ("loud.so", "-DPAIRS=SIZE_MAX/4"), ("louder.so", "-DPAIRS=SIZE_MAX")]
    {
        core(&folder, name, &[sound])?;
        let out = succeed(&folder, &format!("bench --peer ./{name} --solo --warmup 0 --frames 3 demo.nes"));
        assert!(out.ends_with(" 3 pictures of 5x3, 6 samples\n"), "only those that come one by one: {out}");
    }
    core(&folder, "good.so", &[])?;
    fs::write(folder.join("power.txt"), "5 power")?;
    let error = misuse(&folder, "bench --peer good.so --input power.txt demo.nes");
    assert!(error.contains("no power switch"), "{error}");
    Ok(())
}

fn corpus() -> Result<(), Failed> {
    let folder = folder("corpus");
    core(&folder, "fake_libretro.so", &[])?;
    core(&folder, "picky.so", &["-DPICKY='b'"])?;
    let bytes = include_bytes!("../../../roms/cpu.nes");
    fs::write(folder.join("b.nes"), bytes)?;
    let bench = "bench --corpus . --window 0-3,1-5 --engine interp --json rows.json";
    let out = succeed(&folder, &format!("{bench} --peer fake_libretro.so --peer picky.so"));
    for part in [
        "interp / fake: ",
        "interp / picky: ",
        "of 1 ROMs\n",
        "\nNot run:\npicky.so: this core does not accept ./b.nes\n",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let rows: Vec<Value> = serde_json::from_str(&fs::read_to_string(folder.join("rows.json"))?)?;
    assert_eq!(rows.len(), 2 * 2 * 3, "two ROMs, two windows, three emulators");
    for row in &rows {
        let refused = row["engine"] == "picky" && row["rom"] == "./b.nes";
        assert_eq!((row["fps"].is_null(), row["problem"].is_string()), (refused, refused), "{row}");
        assert_eq!(row["rounds"], if refused { 0 } else { 3 }, "{row}");
    }
    core(&folder, "mute.so", &["-DMUTE"])?;
    let out = succeed(&folder, &format!("{bench} --peer mute.so"));
    assert!(out.contains("\nNot run:\nmute.so: no picture of ./b.nes\n"), "{out}");
    core(&folder, "drifts.so", &["-DDRIFTS"])?;
    let (code, out, _) = ricojit(&folder, &format!("{bench} --peer drifts.so"));
    assert!(code == 1 && out.contains("\nNot run:\n./b.nes: drifts did different work when it was timed\n"), "{out}");
    Ok(())
}

fn states() -> Result<(), Failed> {
    let folder = folder("states");
    core(&folder, "fake_libretro.so", &[])?;
    let out = succeed(&folder, "bench --states --peer ./fake_libretro.so --warmup 3 --rounds 2 demo.nes");
    let lines: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0].join(" "), "demo.nes, frame 3, median of 2 rounds", "{out}");
    succeed(&folder, "run demo.nes --frames 3 --save-state a.state");
    let size = fs::metadata(folder.join("a.state"))?.len().to_string();
    for (line, expected) in lines[2..].iter().zip([&["fake", "4"][..], &["save,", "load", &size], &["snapshot,"]]) {
        let numbers: Vec<f64> = line[line.len() - 4..].iter().map(|word| word.parse().expect("a number")).collect();
        assert!(expected.iter().all(|word| line.contains(word)) && numbers.iter().all(|n| n.is_finite()), "{out}");
    }
    assert_eq!(lines.len(), 5, "{out}");
    let alone = succeed(&folder, "bench --states --warmup 3 --rounds 1 demo.nes");
    assert_eq!(alone.lines().count(), 4, "{alone}");
    for (name, macros, expected) in [
        ("none.so", "-DSTATE=0", "demo.nes: none cannot save its state"),
        ("large.so", "-DSTATE=9", "demo.nes: large cannot save its state"),
        ("slips.so", "-DSLIPS", "demo.nes: slips shows other pictures after its state is loaded"),
    ] {
        core(&folder, name, &[macros])?;
        let error = fail(&folder, &format!("bench --states --peer {name} --warmup 3 --rounds 1 demo.nes"));
        assert!(error.contains(expected), "{error}");
    }
    for args in ["--json x.json", "--chart x.svg", "--cold", "--solo", "--mode full", "--frames 5"] {
        misuse(&folder, &format!("bench --states {args} demo.nes"));
    }
    Ok(())
}

fn no_core() -> Result<(), Failed> {
    let folder = folder("none");
    let error = fail(&folder, "bench --peer missing.so demo.nes");
    assert!(error.contains("cannot read missing.so: "), "{error}");
    let error = sentence(&folder, "--peer demo.nes");
    assert!(error.contains("demo.nes: this library cannot be loaded: "), "{error}");
    for args in ["--solo --json x.json", "--peer x.so --cold", "--peer x.so --mode cpu"] {
        misuse(&folder, &format!("bench {args} demo.nes"));
    }
    Ok(())
}

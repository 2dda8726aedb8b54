//! The manifest, which says how each ROM shows its verdict: a TOML file with one `[[rom]]` table per ROM.
//!
//! | key            | meaning                                                                                   |
//! |----------------|-------------------------------------------------------------------------------------------|
//! | path           | the ROM, relative to the manifest's folder or its parent; `\xE9` is a byte that is no UTF-8 |
//! | sha1           | of the file; a file with another SHA-1 fails                                              |
//! | judge          | a name of [`Kind`]                                                                        |
//! | frames         | the frame limit                                                                           |
//! | mapper         | the iNES mapper number; for information                                                   |
//! | pass_text, fail_text | regular expressions for the judge `text`                                            |
//! | force_region   | "ntsc", "pal" or "dendy", if the header does not say so                                   |
//! | result_addr    | "$45C": the result byte for the judge `accuracycoin_single`                               |
//! | note           | a comment, and the tiles of the judge `tiles`                                             |
//! | letters        | the tiles of the judge `text`, see [`Letters`]                                            |
//! | picture        | SHA-1 of the picture of a pass, for the judge `picture`, see [`fingerprint`](crate::smoke::fingerprint) |
//! | input          | an input script, see [`ricojit::input::script`]                                           |
//! | ref_frame, ref_hash, ref_hashes | SHA-1 of the picture at a frame, on a reference emulator                 |
//!
//! Other keys are ignored. Every entry is checked when the file is read.

use crate::{batch, build};
use ricojit::Region;
use ricojit::digest::hex;
use ricojit::input::movie::Movie;
use ricojit::input::script;
use ricojit::text;
use serde::Deserialize;
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The maximum size of a manifest in bytes.
const LONGEST: u64 = 64 << 20;

/// The judges; the documentation of the [crate] says what each looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table in the crate documentation says what each is")]
pub enum Kind {
    #[serde(rename = "blargg_6000")]
    Blargg6000,
    BlarggF8,
    BlarggCodeText,
    Text,
    Tiles,
    Picture,
    HolyMapperel,
    #[serde(rename = "accuracycoin")]
    AccuracyCoin,
    #[serde(rename = "accuracycoin_single")]
    AccuracyCoinSingle,
    Nestest,
    Beeps,
    RamText,
    ExitPort,
    LlvmMos,
    Audio,
    Visual,
    Interactive,
    Game,
    Auto,
}

impl Kind {
    /// The name in manifests and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blargg6000 => "blargg_6000",
            Self::BlarggF8 => "blargg_f8",
            Self::BlarggCodeText => "blargg_code_text",
            Self::Text => "text",
            Self::Tiles => "tiles",
            Self::Picture => "picture",
            Self::HolyMapperel => "holy_mapperel",
            Self::AccuracyCoin => "accuracycoin",
            Self::AccuracyCoinSingle => "accuracycoin_single",
            Self::Nestest => "nestest",
            Self::Beeps => "beeps",
            Self::RamText => "ram_text",
            Self::ExitPort => "exit_port",
            Self::LlvmMos => "llvm_mos",
            Self::Audio => "audio",
            Self::Visual => "visual",
            Self::Interactive => "interactive",
            Self::Game => "game",
            Self::Auto => "auto",
        }
    }

    /// Whether the judge finds a verdict; the others only run the ROM.
    pub const fn has_verdict(self) -> bool {
        !matches!(self, Self::Audio | Self::Visual | Self::Interactive | Self::Game)
    }
}

/// Which tiles are which letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letters {
    /// ASCII.
    #[default]
    Ascii,
    /// ASCII, and the hexadecimal digits are $A0-$AF.
    AsciiHex,
    /// Letters of 16 lines: tile 2 N is the upper half of the ASCII character N, tile 2 N + 1 the lower one.
    Tall,
}

/// A ROM and how to judge it.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// The name of the ROM, usually its path.
    pub path: String,
    /// SHA-1 of the file in lower-case hexadecimal.
    pub sha1: Option<String>,
    /// The judge.
    pub judge: Kind,
    /// The frame limit.
    pub frames: u64,
    /// The iNES mapper number.
    pub mapper: Option<u16>,
    /// A regular expression for the screen of a pass.
    pub pass_text: Option<String>,
    /// A regular expression for the screen of a failure.
    pub fail_text: Option<String>,
    /// The region to run the ROM in.
    #[serde(default, deserialize_with = "region")]
    pub force_region: Option<Region>,
    /// The address of the result byte.
    pub result_addr: Option<String>,
    /// A comment.
    pub note: Option<String>,
    /// Which tiles are letters.
    #[serde(default)]
    pub letters: Letters,
    /// The SHA-1 of the picture of a pass.
    pub picture: Option<String>,
    /// What is pressed: an input script.
    pub input: Option<String>,
    /// The frame of `ref_hash`.
    pub ref_frame: Option<u64>,
    /// The SHA-1 of the reference picture.
    pub ref_hash: Option<String>,
    /// Reference pictures by frame.
    #[serde(default)]
    pub ref_hashes: BTreeMap<String, String>,
    /// The tests in the ROM, for AccuracyCoin.
    #[serde(skip)]
    pub subtests: Vec<SubtestRow>,
}

/// One test of a ROM that has many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubtestRow {
    /// Its name.
    pub name: String,
    /// The address of its result byte in RAM.
    pub addr: u16,
}

impl Entry {
    /// The frame limit of a ROM without a manifest: more than any known $6000 test needs.
    pub const AUTO_FRAMES: u64 = 3600;

    /// An entry with a judge and a frame limit.
    pub fn new(path: impl Into<String>, judge: Kind, frames: u64) -> Self {
        Self {
            path: path.into(),
            sha1: None,
            judge,
            frames,
            mapper: None,
            pass_text: None,
            fail_text: None,
            force_region: None,
            result_addr: None,
            note: None,
            letters: Letters::default(),
            picture: None,
            input: None,
            ref_frame: None,
            ref_hash: None,
            ref_hashes: BTreeMap::new(),
            subtests: Vec::new(),
        }
    }

    /// What is pressed.
    pub(super) fn movie(&self) -> Result<Movie, String> {
        let script = self.input.as_deref().unwrap_or_default();
        script::parse(script.as_bytes()).map_err(|error| format!("the input: {error}"))
    }

    /// The frame limit, extended to the last reference picture.
    pub(super) fn frame_limit(&self) -> u64 {
        let pictures = self.references().unwrap_or_default();
        pictures.iter().map(|(frame, _)| *frame).fold(self.frames, u64::max)
    }

    /// All reference pictures with their frames.
    pub fn references(&self) -> Result<Vec<(u64, String)>, String> {
        let single = self.ref_frame.zip(self.ref_hash.clone());
        let several = self.ref_hashes.iter().map(|(frame, hash)| match frame.parse() {
            Ok(frame) => Ok((frame, hash.clone())),
            Err(_) => Err(format!("`{frame}` in ref_hashes is not a frame number")),
        });
        single.into_iter().map(Ok).chain(several).collect()
    }

    /// Whether `rom` is the file this entry describes.
    pub fn describes(&self, rom: &[u8]) -> bool {
        self.sha1.as_ref().is_none_or(|sha1| *sha1 == rom_sha1(rom))
    }
}

/// The SHA-1 of a file in lower-case hexadecimal: how manifests identify a ROM.
pub fn rom_sha1(rom: &[u8]) -> String {
    hex(Sha1::digest(rom))
}

/// The number in "$45C".
pub(super) fn address(word: &str) -> Option<u16> {
    u16::from_str_radix(word.strip_prefix('$')?, 16).ok()
}

fn region<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Region>, D::Error> {
    let word = String::deserialize(deserializer)?;
    match word.as_str() {
        "ntsc" => Ok(Some(Region::Ntsc)),
        "pal" => Ok(Some(Region::Pal)),
        "dendy" => Ok(Some(Region::Dendy)),
        _ => Err(serde::de::Error::custom(format!("`{word}` is not a region: write ntsc, pal or dendy"))),
    }
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file could not be read.
    #[error("cannot read {}: {source}", text::path(path))]
    Read {
        /// The manifest.
        path: PathBuf,
        /// The I/O error.
        source: io::Error,
    },
    /// The file is not a manifest.
    #[error("this is not a manifest: line {line}: {problem}")]
    Syntax {
        /// The line number, from 1.
        line: usize,
        /// The problem.
        problem: String,
    },
    /// An entry is invalid.
    #[error("the entry {rom} is invalid: {problem}")]
    Entry {
        /// The path in the entry.
        rom: String,
        /// The problem.
        problem: String,
    },
}

fn syntax(text: &str, error: &toml::de::Error) -> ManifestError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    ManifestError::Syntax { line, problem: error.message().trim().replace('\n', ", ") }
}

/// A list of ROMs with their judges.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// The ROMs in the order of the file.
    pub entries: Vec<Entry>,
    folder: PathBuf,
}

/// The file's shape.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    rom: Vec<Entry>,
}

impl Manifest {
    /// Reads a manifest. Paths of ROMs are relative to its folder. The names of the tests of AccuracyCoin come from
    /// `../accuracycoin/results_table.tsv`, if that exists.
    pub fn load(path: &Path) -> Result<Self, ManifestError> {
        let read = |source| ManifestError::Read { path: path.to_owned(), source };
        let bytes = batch::read(path, LONGEST + 1).map_err(read)?;
        if bytes.len() as u64 > LONGEST {
            return Err(read(io::ErrorKind::FileTooLarge.into()));
        }
        let text = ricojit::text::utf8(&bytes)
            .ok_or_else(|| read(io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text")))?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let mut manifest = Self::parse(text, &folder)?;
        if let Ok(table) = std::fs::read_to_string(folder.join("../accuracycoin/results_table.tsv")) {
            let rows = subtest_rows(&table);
            for entry in manifest.entries.iter_mut().filter(|entry| entry.judge == Kind::AccuracyCoin) {
                entry.subtests.clone_from(&rows);
            }
        }
        Ok(manifest)
    }

    /// Parses a manifest. Paths of ROMs are relative to `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ManifestError> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let file: File = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        for entry in &file.rom {
            let wrong = |problem| ManifestError::Entry { rom: entry.path.clone(), problem };
            build(entry).and_then(|_| entry.movie()).map_err(wrong)?;
        }
        Ok(Self { entries: file.rom, folder: folder.to_owned() })
    }

    /// The path of the ROM of an entry, whether it exists or not. A name that is not UTF-8 is written as reports show it.
    pub fn file_of(&self, entry: &Entry) -> PathBuf {
        let parent = self.folder.join("..");
        let as_shown = text::named(&entry.path);
        let places = [&self.folder, &parent].map(|folder| [folder.join(&entry.path), folder.join(&as_shown)]);
        let found = places.iter().flatten().find(|file| file.exists());
        found.unwrap_or(&places[0][0]).clone()
    }
}

/// Parses the table of AccuracyCoin: tab-separated page, index, page title, test, address, kind, ...
fn subtest_rows(table: &str) -> Vec<SubtestRow> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let (name, addr, kind) = (fields.get(3)?, fields.get(4)?, fields.get(5)?);
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        (*kind == "test").then_some(SubtestRow { name, addr: address(addr)? })
    };
    table.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_and_other_keys_are_ignored() {
        let text = r#"
            [[rom]]
            path = "roms/a.nes"
            judge = "blargg_6000"
            frames = 240
            licence = "x"
            force_region = "pal"
            [[rom]]
            path = "roms/b.nes"
            judge = "game"
            frames = 700
            ref_hashes = { "60" = "aa", "900" = "bb" }
        "#;
        let manifest = Manifest::parse(text, Path::new("/x")).unwrap();
        assert_eq!(manifest.entries.len(), 2);
        assert_eq!(manifest.entries[0].force_region, Some(Region::Pal));
        assert_eq!(manifest.entries[0].judge, Kind::Blargg6000);
        assert_eq!(manifest.entries[1].frame_limit(), 900);
        assert_eq!(manifest.file_of(&manifest.entries[0]), Path::new("/x/roms/a.nes"));
    }

    #[test]
    fn every_judge_has_the_same_name_in_manifests_and_reports() {
        for judge in [
            Kind::Blargg6000,
            Kind::BlarggF8,
            Kind::BlarggCodeText,
            Kind::HolyMapperel,
            Kind::AccuracyCoin,
            Kind::Nestest,
            Kind::Beeps,
            Kind::RamText,
            Kind::ExitPort,
            Kind::LlvmMos,
            Kind::Audio,
            Kind::Visual,
            Kind::Interactive,
            Kind::Game,
            Kind::Auto,
        ] {
            let text = format!("[[rom]]\npath = \"a\"\nframes = 1\njudge = \"{}\"\n", judge.name());
            let manifest = Manifest::parse(&text, Path::new("")).unwrap();
            assert_eq!(manifest.entries[0].judge, judge);
        }
        for (judge, key) in [
            ("text", "pass_text = 'x'"),
            ("tiles", "note = 'at $2000: tiles 01 02'"),
            ("picture", "picture = '5a'"),
            ("accuracycoin_single", "result_addr = '$45C'"),
        ] {
            let text = format!("[[rom]]\npath = \"a\"\nframes = 1\njudge = \"{judge}\"\n");
            assert!(matches!(Manifest::parse(&text, Path::new("")), Err(ManifestError::Entry { .. })), "{judge}");
            let manifest = Manifest::parse(&(text + key), Path::new("")).unwrap();
            assert_eq!(manifest.entries[0].judge.name(), judge);
        }
    }

    #[test]
    fn errors_name_the_problem() {
        let error = |text: &str| Manifest::parse(text, Path::new("")).unwrap_err().to_string();
        assert!(error("[[rom]]\npath = 'a'\nframes = 1\njudge = 'guess'").contains("guess"));
        assert!(error("[[rom]]\npath = 'a'\nframes = 1\njudge = 'game'\nforce_region = 'mars'").contains("mars"));
        let text = "[[rom]]\npath = 'a'\nframes = 1\njudge = 'text'\npass_text = '('";
        assert!(error(text).starts_with("the entry a is invalid"));
        let text = "[[rom]]\npath = 'a'\nframes = 1\njudge = 'game'\ninput = '5 jump'";
        assert!(error(text).starts_with("the entry a is invalid: the input: "), "{}", error(text));
        assert!(error("rom = 5").contains("not a manifest"));
        assert!(
            error("# head\n\nroot:x").starts_with("this is not a manifest: line 3: "),
            "{}",
            error("# head\n\nroot:x")
        );
    }

    #[test]
    fn the_table_of_tests_has_only_tests() {
        let table = "page\tindex\tpage_title\ttest\tresult_addr\tkind\tref\n\
                     3\t1\tSLO\t$03   SLO indirect,X\t$0409\ttest\t$01\n15\t1\tPower On\tCPU RAM\t$03FF\tdraw\t\n";
        assert_eq!(subtest_rows(table), [SubtestRow { name: "$03 SLO indirect,X".to_owned(), addr: 0x409 }]);
    }

    #[test]
    fn a_rom_is_identified_by_its_sha1() {
        let mut entry = Entry::new("a", Kind::Game, 1);
        assert!(entry.describes(b"abc"));
        entry.sha1 = Some("a9993e364706816aba3e25717850c26c9cd0d89d".to_owned());
        assert!(entry.describes(b"abc"));
        assert!(!entry.describes(b"abd"));
    }
}

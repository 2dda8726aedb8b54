//! The lists of boards in README.md and docs/boards.md are those of the library. `RICOJIT_BLESS=1` writes them.

use ricojit::cartridge::{board_name, silent_chip, supported_boards};
use std::{env, fs};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const BOARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/boards.md");

/// The numbers, in spans: `0-5, 7`.
fn numbers() -> String {
    let mut numbers = supported_boards().to_vec();
    numbers.sort_unstable();
    let spans = numbers.chunk_by(|a, b| a + 1 == *b).map(|span| match span {
        [one] => one.to_string(),
        [one, two] => format!("{one}, {two}"),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    });
    spans.collect::<Vec<_>>().join(", ")
}

fn table() -> String {
    let mut numbers = supported_boards().to_vec();
    numbers.sort_unstable();
    let rows = numbers.iter().map(|&number| {
        let name = board_name(number).unwrap_or("");
        format!("| {number} | {name} | {} |\n", silent_chip(number).unwrap_or(""))
    });
    "| iNES mapper | board | plays without the sound of |\n|---|---|---|\n".to_owned() + &rows.collect::<String>()
}

/// The text with the part between two marks replaced.
fn with(text: &str, (start, end): (&str, &str), part: &str) -> Option<String> {
    let (before, rest) = text.split_once(start)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{start}{part}{end}{after}"))
}

#[test]
fn the_documents_list_all_boards() {
    let bless = env::var_os("RICOJIT_BLESS").is_some_and(|value| value == "1");
    let count = supported_boards().len();
    let readme = format!(" {count} iNES mappers: {} ", numbers());
    for (path, marks, part) in [
        (README, ("| Boards |", "([list](docs/boards.md)) |"), readme),
        (BOARDS, ("<!-- boards -->\n", "<!-- end -->"), table()),
    ] {
        let text = fs::read_to_string(path).expect(path);
        let right = with(&text, marks, &part).expect("the marks are there");
        if bless {
            fs::write(path, &right).expect(path);
        } else {
            assert!(text == right, "{path} is not up to date: RICOJIT_BLESS=1 writes it");
        }
    }
}

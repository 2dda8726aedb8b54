//! Standard error: messages, and a progress line.
//!
//! Contract: nothing here fails. A closed terminal or a full log must not stop the program, least of all the thread that
//! saves a game.

use ricojit::text::in_a_line;
use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr};

/// Prints a message on a line of its own. It may quote any file name or content, so control characters are escaped.
pub(crate) fn say(sentence: impl Display) {
    let _ = writeln!(stderr(), "ricojit: {}", in_a_line(&sentence.to_string()));
}

/// Says that a ROM of a folder is skipped, and why.
pub(crate) fn say_skipped(problem: impl Display) {
    say(format_args!("skipped: {problem}"));
}

/// Whether standard error is a terminal.
pub(crate) fn is_terminal() -> bool {
    stderr().is_terminal()
}

/// On a terminal, replaces the current line; an empty text erases it.
pub(crate) fn show(line: impl Display) {
    if is_terminal() {
        let _ = write!(stderr(), "\r\x1B[K{line}");
    }
}

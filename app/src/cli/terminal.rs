//! Standard error: sentences for people, and a line that tells how far something is.
//!
//! Contract: nothing here fails. A terminal or a log that is gone, or full, is no reason to stop; least of all for the
//! thread that saves a game.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr};

/// A sentence on a line of its own. What it quotes of a file or its name may be anything, so control characters are
/// written out.
pub(crate) fn say(sentence: impl Display) {
    let _ = writeln!(stderr(), "ricojit: {}", in_a_line(&sentence.to_string()));
}

fn in_a_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// Whether somebody watches.
pub(crate) fn is_watched() -> bool {
    stderr().is_terminal()
}

/// Replaces the current line, if somebody watches; an empty one takes it away.
pub(crate) fn show(line: impl Display) {
    if is_watched() {
        let _ = write!(stderr(), "\r\x1B[K{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_a_line() {
        assert_eq!(in_a_line("a\nb\u{1b}[31mc, Zürich"), "a\\nb\\u{1b}[31mc, Zürich");
    }
}

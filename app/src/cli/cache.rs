//! `ricojit cache`: shows, checks and empties the cache.

use crate::cache::{Cache, DAMAGED, Item, Problem};
use crate::error::Error;
use crate::{files, terminal};
use ricojit::text;
use serde::Serialize;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Show, check or empty the cache of native code
///
/// `play` keeps the native code of games in the user's cache folder, so that they start warm;
/// `run`, `test` and `bench` do so with --cache, and `compile` puts images there. Nothing in it
/// is needed: what is missing is made again. The settings file has its limit of size.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List what is kept, and when it was used last
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove everything that Ricojit has written there
    Clear,
    /// Check that each file is whole and was written by this user's ricojit; exit code 1 if one is not
    Verify,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let failed = |problem: Problem| Error::Cache(problem.to_string());
    let cache = Cache::existing().map_err(failed)?;
    match args.command {
        Command::List { json } => {
            let items = cache.as_ref().map_or(Ok(Vec::new()), Cache::list).map_err(failed)?;
            files::print(&if json { self::json(&items) } else { text(&items) })?;
        }
        Command::Clear => {
            let (count, bytes) = cache.as_ref().map_or(Ok((0, 0)), Cache::clear).map_err(failed)?;
            files::print(&format!("{count} files removed, {}\n", size(bytes)))?;
        }
        Command::Verify => {
            let Some(cache) = cache else {
                files::print("0 files are good\n")?;
                return Ok(ExitCode::SUCCESS);
            };
            let (all, damaged) = (cache.list().map_err(failed)?.len(), cache.damaged().map_err(failed)?);
            for name in &damaged {
                terminal::say(format_args!("{} {DAMAGED}", text::path(cache.path(name))));
            }
            if !damaged.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
            files::print(&format!("{all} files are good\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A file, as JSON.
#[derive(Serialize)]
struct Row<'a> {
    game: Option<&'a str>,
    kind: &'static str,
    file: String,
    bytes: u64,
    /// Seconds since 1970.
    used: u64,
}

fn json(items: &[Item]) -> String {
    let row = |item| {
        let Item { name, game, bytes, used }: &Item = item;
        let used = used.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Row { game: game.as_deref(), kind: name.kind().name(), file: name.to_string(), bytes: *bytes, used }
    };
    let rows: Vec<Row<'_>> = items.iter().map(row).collect();
    serde_json::to_string_pretty(&rows).expect("strings and numbers") + "\n"
}

fn text(items: &[Item]) -> String {
    if items.is_empty() {
        return "the cache is empty\n".to_owned();
    }
    let now = SystemTime::now();
    let line = |item: &Item| {
        let game = text::in_a_line(item.game.as_deref().unwrap_or("?"));
        let age = now.duration_since(item.used).map_or(0, |age| age.as_secs());
        format!("{:<7}  {:>9}  {:>11}  {game}\n", item.name.kind().name(), size(item.bytes), ago(age))
    };
    let sum = items.iter().map(|item| item.bytes).sum();
    items.iter().map(line).collect::<String>() + &format!("{} files, {}\n", items.len(), size(sum))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1048576.0),
    }
}

fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_ages_are_short() {
        let sizes = [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (5 << 20, "5.0 MiB")];
        assert!(sizes.iter().all(|&(bytes, text)| size(bytes) == text));
        let ages = [(0, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago")];
        assert!(ages.iter().all(|&(seconds, text)| ago(seconds) == text));
    }
}

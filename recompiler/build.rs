//! Hashes the source of this crate, for the header of images: code that another source made is refused.
//!
//! The hash depends on the names and the lines of the files under `src`, and on neither line endings nor the place of
//! the crate, so that a checkout and the published crate agree.

use std::path::{Path, PathBuf};
use std::{env, fs, io};
use xxhash_rust::xxh3::Xxh3;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it"));
    let mut files = Vec::new();
    find(&root.join("src"), "src", &mut files)?;
    files.sort();
    let mut hash = Xxh3::new();
    for (name, path) in files {
        // A length before each part, so that no two lists of files run together to the same bytes.
        for part in [name, fs::read_to_string(path)?.replace('\r', "")] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    println!("cargo::rustc-env=RICOJIT_RECOMPILER_SOURCE={:016x}", hash.digest());
    Ok(())
}

/// Adds the files with Rust code in a folder and below it, by their names from the root of the crate.
fn find(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let (path, entry_name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let name = format!("{name}/{}", entry_name.to_string_lossy());
        if path.is_dir() {
            find(&path, &name, files)?;
        } else if name.ends_with(".rs") {
            files.push((name, path));
        }
    }
    Ok(())
}

//! Symbols, from the files that assemblers and debuggers write.
//!
//! ```text
//! al 00C000 .name                                        VICE labels: ld65 -Ln
//! sym  id=0,name="name",...,val=0xC000,...,type=lab      ld65 --dbgfile; other lines are ignored
//! $C000#name#comment                                     FCEUX .nl
//! P:0123:name:comment                                    Mesen .mlb; P and NesPrgRom: an offset in PRG ROM, R, G and their
//!                                                        long names: a CPU address; other lines are ignored
//! ```
//!
//! Those of CPU addresses do not tell banks apart in a common way, so the first name of an address counts, and one of a ROM
//! offset before it.

use crate::error::Error;
use crate::files;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An address this close behind a symbol is printed as `symbol+offset`.
const REACH: u32 = 0x100;

/// The option.
#[derive(Debug, clap::Args)]
pub(super) struct SymbolsArgs {
    /// Symbols: VICE labels (`ld65 -Ln`), an ld65 debug file (`--dbgfile`), an FCEUX .nl or a Mesen .mlb file; may be
    /// repeated
    #[arg(long, value_name = "FILE")]
    symbols: Vec<PathBuf>,
}

impl SymbolsArgs {
    /// The files.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.symbols
    }

    /// Reads the files.
    pub(super) fn read(&self) -> Result<Symbols, Error> {
        let mut symbols = Symbols::default();
        for path in &self.symbols {
            symbols.add(&files::read(path)?).map_err(|problem| Error::file(path, &problem))?;
        }
        Ok(symbols)
    }
}

/// Names by address.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    /// By CPU address.
    addresses: BTreeMap<u32, String>,
    /// By offset in PRG ROM.
    offsets: BTreeMap<u32, String>,
}

/// What a line names.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    Address(u16, String),
    Offset(u32, String),
    /// Something else.
    Nothing,
}

impl Symbols {
    /// Reads any of the formats; the error names the first bad line by its number.
    fn add(&mut self, content: &[u8]) -> Result<(), String> {
        let text = String::from_utf8_lossy(content);
        let text = text.trim_start_matches('\u{FEFF}');
        let debug = text.starts_with("version\t");
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            match if debug { debug_line(line) } else { label_line(line) } {
                Some(Named::Address(addr, name)) => _ = self.addresses.entry(addr.into()).or_insert(name),
                Some(Named::Offset(offset, name)) => _ = self.offsets.entry(offset).or_insert(name),
                Some(Named::Nothing) => {}
                None => {
                    let expected =
                        "`al ADDRESS .NAME`, `$ADDRESS#NAME#`, `TYPE:ADDRESS:NAME` or a line of ld65's debug file";
                    return Err(format!("line {} is not a symbol: expected {expected}", index + 1));
                }
            }
        }
        Ok(())
    }

    /// The symbol at exactly this address, which has this offset in PRG ROM, if it is known.
    pub(super) fn exact(&self, addr: u16, offset: Option<u32>) -> Option<&str> {
        let by_offset = offset.and_then(|offset| self.offsets.get(&offset));
        by_offset.or_else(|| self.addresses.get(&addr.into())).map(String::as_str)
    }

    /// `$C123 @0A123 name+5`: the CPU's address, the offset in PRG ROM, and the symbol before it, if one is near.
    pub(super) fn place(&self, pc: u16, offset: Option<u32>) -> String {
        let near = |names: &BTreeMap<u32, String>, at: u32| {
            let (&from, name) = names.range(..=at).next_back().filter(|&(&from, _)| at - from < REACH)?;
            Some(if from == at { format!(" {name}") } else { format!(" {name}+{}", at - from) })
        };
        let name = offset.and_then(|offset| near(&self.offsets, offset));
        let name = name.or_else(|| near(&self.addresses, pc.into())).unwrap_or_default();
        let offset = offset.map_or("not ROM".to_owned(), |offset| format!("@{offset:05X}"));
        format!("${pc:04X} {offset}{name}")
    }
}

/// A line of VICE, FCEUX or Mesen.
fn label_line(line: &str) -> Option<Named> {
    if let Some((kind, rest)) = line.split_once(':').filter(|(kind, _)| !kind.contains([' ', '$'])) {
        return mesen_line(kind, rest);
    }
    let (addr, name) = match line.strip_prefix('$') {
        Some(rest) => {
            let (addr, rest) = rest.split_once('#')?;
            // `$0300/20` is an array.
            (addr.split('/').next()?, rest.split('#').next()?)
        }
        None => {
            let mut words = line.strip_prefix("al ")?.split_ascii_whitespace();
            let addr = words.next()?;
            (addr.strip_prefix("C:").unwrap_or(addr), words.next()?)
        }
    };
    let name = name.trim_start_matches('.');
    let addr = u32::from_str_radix(addr, 16).ok()?;
    // 24 bits: the upper 8 are a bank, which is dropped.
    (addr <= 0xFF_FFFF && !name.is_empty()).then(|| Named::Address(addr as u16, name.to_owned()))
}

/// A line of Mesen, its type split off.
fn mesen_line(kind: &str, rest: &str) -> Option<Named> {
    let mut fields = rest.split(':');
    let addr = fields.next()?;
    // `0300-030F` is an array.
    let addr = u32::from_str_radix(addr.split('-').next()?, 16).ok()?;
    let name = fields.next()?.to_owned();
    Some(match kind {
        // A comment has no name.
        _ if name.is_empty() => Named::Nothing,
        "P" | "NesPrgRom" => Named::Offset(addr, name),
        "R" | "G" | "NesInternalRam" | "NesMemory" => Named::Address(addr.try_into().ok()?, name),
        _ => Named::Nothing,
    })
}

/// A line of a debug file; `None` if it is malformed.
fn debug_line(line: &str) -> Option<Named> {
    let (kind, fields) = line.split_once(char::is_whitespace)?;
    if kind != "sym" {
        return Some(Named::Nothing);
    }
    let field = |key: &str| fields.trim().split(',').find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
    if field("type")? != "lab" {
        return Some(Named::Nothing);
    }
    let Some(value) = field("val") else { return Some(Named::Nothing) }; // an import has none
    let addr = u32::from_str_radix(value.strip_prefix("0x")?, 16).ok()?;
    Some(Named::Address(addr as u16, field("name")?.trim_matches('"').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Symbols, String> {
        let mut symbols = Symbols::default();
        symbols.add(text.as_bytes()).map(|()| symbols)
    }

    #[test]
    fn labels_of_mesen_tell_banks_apart() {
        let text = "\u{FEFF}P:0123:first:a comment\r\nNesPrgRom:4123:second\nR:0010-001F:buffer\nP:0200::only a comment\n\
                    S:0000:saved\nG:2000:PPUCTRL";
        let symbols = parse(text).expect(text);
        assert_eq!(symbols.exact(0x8123, Some(0x123)), Some("first"));
        assert_eq!(symbols.exact(0x8123, Some(0x4123)), Some("second"));
        assert_eq!(symbols.exact(0x8123, None), None);
        assert_eq!((symbols.exact(0x10, None), symbols.exact(0x2000, None)), (Some("buffer"), Some("PPUCTRL")));
        assert_eq!(symbols.place(0x8125, Some(0x4125)), "$8125 @04125 second+2");
        assert_eq!((symbols.exact(0x8200, Some(0x200)), symbols.exact(0, None)), (None, None));
    }

    #[test]
    fn all_formats_give_the_same_symbols() {
        let debug = "version\tmajor=2,minor=0\ninfo\tcsym=0\n\
                     sym\tid=0,name=\"main\",addrsize=absolute,size=3,scope=0,def=1,val=0xC123,seg=0,type=lab\n\
                     sym\tid=1,name=\"PPUCTRL\",addrsize=absolute,scope=0,def=2,val=0x2000,type=equ\n\
                     sym\tid=2,name=\"there\",addrsize=absolute,scope=0,def=3,type=imp\n";
        for text in
            ["al 00C123 .main\n\nal 000010 .x\n", "al C:c123 .main", "$C123#main#where it starts\r\n$0300/10#a#", debug]
        {
            let symbols = parse(text).expect(text);
            assert_eq!(symbols.exact(0xC123, None), Some("main"), "{text}");
            assert_eq!(symbols.place(0xC123, Some(0x123)), "$C123 @00123 main");
            assert_eq!(symbols.place(0xC128, None), "$C128 not ROM main+5");
            assert_eq!(symbols.place(0xC223, Some(0x10223)), "$C223 @10223");
            assert_eq!(symbols.exact(0x2000, None), None);
        }
    }

    #[test]
    fn an_error_names_the_bad_line() {
        for (text, number) in [
            ("al 00C123 .main\n\nwhat is this\n", 3),
            ("al 00C1G3 .main\n", 1),
            ("al 1000000 .main\n", 1),
            ("$C123\n", 1),
            ("al C000\n", 1),
            ("P:01G3:name\n", 1),
            ("P:0123\n", 1),
            ("version\tmajor=2\nsym\tname=\"a\",val=5,type=lab\n", 2),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.starts_with(&format!("line {number} ")), "{text}: {error}");
        }
    }
}

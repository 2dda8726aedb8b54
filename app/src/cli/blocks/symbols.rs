//! Symbols, from the files that assemblers and debuggers write.
//!
//! ```text
//! al 00C000 .name                                        VICE labels: ld65 -Ln
//! sym  id=0,name="name",...,val=0xC000,...,type=lab      ld65 --dbgfile; other lines are ignored
//! $C000#name#comment                                     FCEUX .nl
//! ```
//!
//! They do not tell banks apart in a common way, so the first name of an address counts.

use std::collections::BTreeMap;

/// An address this close behind a symbol is printed as `symbol+offset`.
const REACH: u16 = 0x100;

/// Names by address.
#[derive(Debug, Default)]
pub(super) struct Symbols(BTreeMap<u16, String>);

impl Symbols {
    /// Reads any of the formats; the error names the first bad line by its number.
    pub(super) fn parse(content: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(content);
        let debug = text.starts_with("version\t");
        let mut names = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let found = if debug { debug_line(line) } else { label_line(line).map(Some) };
            match found {
                Some(Some((addr, name))) => _ = names.entry(addr).or_insert(name),
                Some(None) => {}
                None => {
                    let expected = "`al ADDRESS .NAME`, `$ADDRESS#NAME#` or a line of ld65's debug file";
                    return Err(format!("line {} is not a symbol: expected {expected}", index + 1));
                }
            }
        }
        Ok(Self(names))
    }

    /// ` name` or ` name+5`; nothing if no symbol is near.
    pub(super) fn suffix(&self, addr: u16) -> String {
        match self.0.range(..=addr).next_back() {
            Some((&at, name)) if at == addr => format!(" {name}"),
            Some((&at, name)) if addr - at < REACH => format!(" {name}+{}", addr - at),
            _ => String::new(),
        }
    }

    /// The symbol at exactly this address.
    pub(super) fn exact(&self, addr: u16) -> Option<&str> {
        self.0.get(&addr).map(String::as_str)
    }
}

/// A line of VICE or FCEUX.
fn label_line(line: &str) -> Option<(u16, String)> {
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
    (addr <= 0xFF_FFFF && !name.is_empty()).then(|| (addr as u16, name.to_owned()))
}

/// A line of a debug file: `None` if it is malformed, `Some(None)` if it does not define a symbol.
fn debug_line(line: &str) -> Option<Option<(u16, String)>> {
    let (kind, fields) = line.split_once(char::is_whitespace)?;
    if kind != "sym" {
        return Some(None);
    }
    let field = |key: &str| fields.trim().split(',').find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
    if field("type")? != "lab" {
        return Some(None);
    }
    let Some(value) = field("val") else { return Some(None) }; // an import has none
    let addr = u32::from_str_radix(value.strip_prefix("0x")?, 16).ok()?;
    Some(Some((addr as u16, field("name")?.trim_matches('"').to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_formats_give_the_same_symbols() {
        let debug = "version\tmajor=2,minor=0\ninfo\tcsym=0\n\
                     sym\tid=0,name=\"main\",addrsize=absolute,size=3,scope=0,def=1,val=0xC123,seg=0,type=lab\n\
                     sym\tid=1,name=\"PPUCTRL\",addrsize=absolute,scope=0,def=2,val=0x2000,type=equ\n\
                     sym\tid=2,name=\"there\",addrsize=absolute,scope=0,def=3,type=imp\n";
        for text in
            ["al 00C123 .main\n\nal 000010 .x\n", "al C:c123 .main", "$C123#main#where it starts\r\n$0300/10#a#", debug]
        {
            let symbols = Symbols::parse(text.as_bytes()).expect(text);
            assert_eq!(symbols.exact(0xC123), Some("main"), "{text}");
            assert_eq!(symbols.suffix(0xC123), " main");
            assert_eq!(symbols.suffix(0xC128), " main+5");
            assert_eq!(symbols.suffix(0xC223), "");
            assert_eq!(symbols.exact(0x2000), None);
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
            ("version\tmajor=2\nsym\tname=\"a\",val=5,type=lab\n", 2),
        ] {
            let error = Symbols::parse(text.as_bytes()).expect_err(text);
            assert!(error.starts_with(&format!("line {number} ")), "{text}: {error}");
        }
    }
}

//! Adds a payload to a copy of a runtime: an ELF file of 64 bits, little-endian.
//!
//! ```text
//! runtime                          executable
//! ELF header, program headers      the same
//! segments                         the same, but the last ends with the payload
//! .comment, .debug_*, .symtab ...  left out
//! section headers                  those of what is loaded, and one for the payload: `.ricojit`
//! ```
//!
//! The last segment in memory ends with .bss, which is not in the file. Here it is, as zeros, and the payload follows. So the
//! system loads the payload with the program, `strip` and its relatives find a plain file whose sections are all needed, and
//! no program header is moved.

use super::locator::{self, Found};
use object::elf::{self, FileHeader64, ProgramHeader64, SectionFlags, SectionHeader64, SymbolSection};
use object::endian::{LittleEndian, U16, U32, U64};
use object::pod::{bytes_of, bytes_of_slice, from_bytes, slice_from_bytes};
use std::ops::Range;

type File = FileHeader64<LittleEndian>;
type Segment = ProgramHeader64<LittleEndian>;
type Section = SectionHeader64<LittleEndian>;
const LE: LittleEndian = LittleEndian;

/// The section of the payload.
const SECTION: &[u8] = b".ricojit";
/// The payload begins at a multiple of this.
const ALIGN: u64 = 64;
/// Most bytes of .bss, which the file gets.
const MAX_BSS: u64 = 16 << 20;

/// Why a file is no runtime for an executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RuntimeError {
    /// The file is damaged, or not a program of a kind that is known.
    #[error("this is not a program of Ricojit for Linux: executables are made from `ricojit-runtime` or `ricojit`")]
    NotARuntime,
    /// Another version.
    #[error("this program is of another version: use the runtime that was built with this one")]
    OtherVersion,
    /// An executable with a game.
    #[error("this program has a game in it already: use an empty runtime")]
    Taken,
    /// For another architecture.
    #[error("this program is for another architecture than --target: use a runtime for that one")]
    OtherArchitecture,
}

/// The executable of a runtime for an architecture, as [`std::env::consts::ARCH`] spells it, with a payload.
pub(crate) fn with_payload(runtime: &[u8], architecture: &str, payload: &[u8]) -> Result<Vec<u8>, RuntimeError> {
    Elf::parse(runtime).ok_or(RuntimeError::NotARuntime)?.with_payload(architecture, payload)
}

/// A program.
struct Elf<'a> {
    bytes: &'a [u8],
    file: &'a File,
    segments: &'a [Segment],
    sections: &'a [Section],
    /// Their names, each with a zero at its end.
    names: &'a [u8],
}

/// The bytes of a file at a range, which came from the file.
fn part(bytes: &[u8], at: u64, length: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(at).ok()?..)?.get(..usize::try_from(length).ok()?)
}

/// The file offsets of a segment.
fn in_file(segment: &Segment) -> Option<Range<u64>> {
    let start = segment.p_offset.get(LE);
    Some(start..start.checked_add(segment.p_filesz.get(LE))?)
}

/// The addresses of a segment.
fn in_memory(segment: &Segment) -> Option<Range<u64>> {
    let start = segment.p_vaddr.get(LE);
    Some(start..start.checked_add(segment.p_memsz.get(LE))?)
}

fn has(section: &Section, flag: SectionFlags) -> bool {
    section.sh_flags.get(LE).contains(flag)
}

impl<'a> Elf<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (file, _) = from_bytes::<File>(bytes).ok()?;
        let ident = &file.e_ident;
        let known = ident.magic == elf::ELFMAG
            && (ident.class, ident.data) == (elf::ELFCLASS64, elf::ELFDATA2LSB)
            && [elf::ET_DYN, elf::ET_EXEC].contains(&file.e_type.get(LE))
            && usize::from(file.e_phentsize.get(LE)) == size_of::<Segment>()
            && usize::from(file.e_shentsize.get(LE)) == size_of::<Section>();
        if !known {
            return None;
        }
        let from = |at: &U64<LittleEndian>| bytes.get(usize::try_from(at.get(LE)).ok()?..);
        let (segments, _) = slice_from_bytes(from(&file.e_phoff)?, file.e_phnum.get(LE).into()).ok()?;
        let (sections, _) = slice_from_bytes::<Section>(from(&file.e_shoff)?, file.e_shnum.get(LE).into()).ok()?;
        let names = sections.get(usize::from(file.e_shstrndx.get(LE).0))?;
        let names = part(bytes, names.sh_offset.get(LE), names.sh_size.get(LE))?;
        Some(Self { bytes, file, segments, sections, names })
    }

    fn name(&self, section: &Section) -> Option<&'a [u8]> {
        let name = self.names.get(section.sh_name.get(LE) as usize..)?;
        name.split(|&byte| byte == 0).next()
    }

    /// The locator: its section, and its bytes.
    fn locator(&self) -> Option<(&'a Section, &'a [u8; locator::SIZE])> {
        let section = self.sections.iter().find(|section| self.name(section) == Some(locator::SECTION))?;
        let bytes = part(self.bytes, section.sh_offset.get(LE), section.sh_size.get(LE))?;
        Some((section, bytes.try_into().ok()?))
    }

    /// The segment that is last in memory, its number, and where its content ends in the file. It has to be last in the file,
    /// too, and contain the locator.
    fn last(&self) -> Option<(usize, &'a Segment, u64)> {
        let loaded = self.segments.iter().enumerate().filter(|(_, segment)| segment.p_type.get(LE) == elf::PT_LOAD);
        let (number, last) = loaded.clone().max_by_key(|(_, segment)| segment.p_vaddr.get(LE))?;
        let end = in_file(last)?.end;
        let ends = loaded.map(|(_, segment)| in_file(segment).map(|range| range.end)).collect::<Option<Vec<_>>>()?;
        let all = in_memory(last)?;
        let bss = last.p_memsz.get(LE).checked_sub(last.p_filesz.get(LE))?;
        let fits = ends.iter().all(|&other| other <= end)
            && bss <= MAX_BSS
            && all.end < u64::MAX - ALIGN
            && end <= self.bytes.len() as u64
            && last.p_flags.get(LE).contains(elf::PF_R);
        fits.then_some((number, last, end))
    }

    fn with_payload(&self, architecture: &str, payload: &[u8]) -> Result<Vec<u8>, RuntimeError> {
        let machine = match architecture {
            "aarch64" => elf::EM_AARCH64,
            _ => elf::EM_X86_64,
        };
        let (locator, found) = self.locator().ok_or(RuntimeError::NotARuntime)?;
        match locator::look(found) {
            Found::Nothing => Err(RuntimeError::NotARuntime),
            _ if self.file.e_machine.get(LE) != machine => Err(RuntimeError::OtherArchitecture),
            Found::OtherVersion => Err(RuntimeError::OtherVersion),
            Found::Taken => Err(RuntimeError::Taken),
            Found::Empty => self.written(locator, payload).ok_or(RuntimeError::NotARuntime),
        }
    }

    /// The executable; `None` if the runtime is not as linkers write it.
    fn written(&self, locator: &Section, payload: &[u8]) -> Option<Vec<u8>> {
        let (number, last, end) = self.last()?;
        let memory = in_memory(last)?;
        let address = memory.end.next_multiple_of(ALIGN);
        let offset_of = |address: u64| address - memory.start + last.p_offset.get(LE);
        let size = address + payload.len() as u64 - memory.start;

        let mut written = self.bytes[..usize::try_from(end).ok()?].to_vec();
        written.resize(usize::try_from(offset_of(address)).ok()?, 0);
        written.extend(payload);

        let (mut sections, mut names) = self.loaded_sections(|section| {
            let start = section.sh_addr.get(LE);
            if section.sh_type.get(LE) == elf::SHT_NOBITS && !has(section, elf::SHF_TLS) && memory.contains(&start) {
                section.sh_type = U32::new(LE, elf::SHT_PROGBITS);
                section.sh_offset = U64::new(LE, offset_of(start));
            }
        })?;
        let mut named = |name: &[u8]| {
            let at = names.len() as u32;
            names.extend([name, b"\0"].concat());
            U32::new(LE, at)
        };
        let zero = U64::new(LE, 0);
        let empty = Section {
            sh_name: named(SECTION),
            sh_type: U32::new(LE, elf::SHT_PROGBITS),
            sh_flags: U64::new(LE, elf::SHF_ALLOC | elf::SHF_WRITE),
            sh_addr: U64::new(LE, address),
            sh_offset: U64::new(LE, offset_of(address)),
            sh_size: U64::new(LE, payload.len() as u64),
            sh_link: U32::new(LE, 0),
            sh_info: U32::new(LE, 0),
            sh_addralign: U64::new(LE, ALIGN),
            sh_entsize: zero,
        };
        sections.push(empty);
        let table = Section {
            sh_name: named(b".shstrtab"),
            sh_type: U32::new(LE, elf::SHT_STRTAB),
            sh_flags: U64::new(LE, SectionFlags(0)),
            sh_addr: zero,
            sh_offset: U64::new(LE, written.len() as u64),
            sh_size: U64::new(LE, names.len() as u64),
            sh_addralign: U64::new(LE, 1),
            ..empty
        };
        sections.push(table);
        written.extend(names);
        written.resize(written.len().next_multiple_of(8), 0);

        let mut file = *self.file;
        file.e_shoff = U64::new(LE, written.len() as u64);
        file.e_shnum = U16::new(LE, sections.len().try_into().ok()?);
        file.e_shstrndx = U16::new(LE, SymbolSection((sections.len() - 1).try_into().ok()?));
        written.extend(bytes_of_slice(&sections));

        let mut segment = *last;
        segment.p_filesz = U64::new(LE, size);
        segment.p_memsz = U64::new(LE, size);
        let mut overwrite = |at: u64, bytes: &[u8]| {
            let at = usize::try_from(at).ok()?;
            written.get_mut(at..at.checked_add(bytes.len())?)?.copy_from_slice(bytes);
            Some(())
        };
        overwrite(0, bytes_of(&file))?;
        overwrite(self.file.e_phoff.get(LE) + (number * size_of::<Segment>()) as u64, bytes_of(&segment))?;
        let distance = address.checked_sub(locator.sh_addr.get(LE))?;
        overwrite(locator.sh_offset.get(LE), &locator::filled(distance, payload))?;
        Some(written)
    }

    /// The headers of sections that are loaded, after `change`, and their names. The first is empty, as always.
    fn loaded_sections(&self, change: impl Fn(&mut Section)) -> Option<(Vec<Section>, Vec<u8>)> {
        let kept: Vec<usize> = (0..self.sections.len())
            .filter(|&number| number == 0 || has(&self.sections[number], elf::SHF_ALLOC))
            .collect();
        // What a section refers to, by its new number. Tables that are left out have none.
        let renumbered = |old: U32<LittleEndian>| {
            let new = kept.iter().position(|&number| number == old.get(LE) as usize);
            U32::new(LE, new.unwrap_or(0) as u32)
        };
        let mut names = Vec::new();
        let mut sections = Vec::new();
        for &number in &kept {
            let mut section = self.sections[number];
            let name = self.name(&section)?;
            section.sh_name = U32::new(LE, names.len() as u32);
            names.extend([name, b"\0"].concat());
            section.sh_link = renumbered(section.sh_link);
            if has(&section, elf::SHF_INFO_LINK) {
                section.sh_info = renumbered(section.sh_info);
            }
            change(&mut section);
            sections.push(section);
        }
        Some((sections, names))
    }
}

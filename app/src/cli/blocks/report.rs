//! The report: the shares of native, skipped and interpreted cycles, then the hottest code.

use crate::cli::region::GuestRegion;
use crate::cli::symbols::Symbols;
use ricojit::Machine;
use ricojit::ahead::Target;
use ricojit::recompiler::{CompiledRegion, InterpretedCode, Statistics};
use std::fmt::Write;

/// What is printed for each region besides its line.
#[derive(Clone, Copy)]
pub(super) struct Sections {
    pub(super) code: bool,
    pub(super) clif: bool,
    pub(super) native: bool,
}

/// How a machine spent its cycles.
pub(super) struct Report<'a> {
    machine: &'a Machine,
    cycles: u64,
    statistics: Statistics,
    /// Hottest first.
    regions: Vec<CompiledRegion>,
    /// Most interpreted first.
    interpreted: Vec<InterpretedCode>,
}

impl<'a> Report<'a> {
    /// Of a machine that ran `cycles` cycles with profiling on.
    pub(super) fn new(machine: &'a Machine, cycles: u64) -> Self {
        let recompiler = machine.recompiler();
        let mut regions = recompiler.map(|recompiler| recompiler.regions()).unwrap_or_default();
        regions.sort_by_key(|region| std::cmp::Reverse(region.cycles));
        let mut interpreted = recompiler.map(|recompiler| recompiler.interpreted()).unwrap_or_default();
        interpreted.sort_by_key(|code| std::cmp::Reverse(code.cycles));
        let statistics = recompiler.map(|recompiler| recompiler.statistics()).unwrap_or_default();
        Self { machine, cycles, statistics, regions, interpreted }
    }

    /// The whole report.
    pub(super) fn text(&self, name: &str, symbols: &Symbols, top: usize, sections: Sections) -> String {
        let mut out = String::new();
        self.summary(&mut out, name);
        self.list_regions(&mut out, symbols, top);
        self.list_interpreted(&mut out, symbols, top);
        for region in self.regions.iter().take(top) {
            self.sections(&mut out, region, symbols, sections);
        }
        out
    }

    /// Cycles that a region, a piece of interpreted code, idle skipping or DMA accounts for.
    fn explained(&self) -> u64 {
        let native: u64 = self.regions.iter().map(|region| region.cycles).sum();
        let interpreted: u64 = self.interpreted.iter().map(|code| code.cycles).sum();
        native + interpreted + self.statistics.idle_cycles + self.statistics.halted_cycles
    }

    fn summary(&self, out: &mut String, name: &str) {
        let all = &self.statistics;
        let share = |cycles: u64| percent(cycles, self.cycles);
        line(out, format_args!("{name}: {} frames, {} cycles\n", self.machine.frames(), self.cycles));
        let (kib, ms) = (all.code_bytes as f64 / 1024.0, all.compile_nanos as f64 / 1e6);
        line(
            out,
            format_args!(
                "{}  native: {} regions, {kib:.0} KiB of code, compiled in {ms:.0} ms",
                share(all.native_cycles),
                all.image_regions + all.regions,
            ),
        );
        line(out, format_args!("{}  skipped: iterations of idle loops", share(all.idle_cycles)));
        line(out, format_args!("{}  halted by DMA", share(all.halted_cycles)));
        line(out, format_args!("{}  interpreted", share(all.interpreted_cycles())));
        for (reason, cycles) in Statistics::REASONS.into_iter().zip(all.interpreted).filter(|(_, cycles)| *cycles > 0) {
            line(out, format_args!("        {}  {reason}", share(cycles)));
        }
        line(
            out,
            format_args!(
                "{}  accounted for: in a region or a piece of interpreted code, skipped, or halted",
                share(self.explained())
            ),
        );
        let exits: Vec<String> = (Statistics::EXITS.into_iter().zip(all.exits))
            .map(|(why, count)| format!("{} {why}", percent(count, all.entries()).trim()))
            .collect();
        line(out, format_args!("\nNative code was entered {} times and left for: {}", all.entries(), exits.join(", ")));
        if all.failed + all.retired > 0 || all.lost {
            let lost = if all.lost { "; the compiler thread panicked" } else { "" };
            line(
                out,
                format_args!(
                    "{} regions could not be compiled; the code memory was full {} times{lost}",
                    all.failed, all.retired
                ),
            );
        }
    }

    fn list_regions(&self, out: &mut String, symbols: &Symbols, top: usize) {
        let nanos: u64 = self.regions.iter().map(|region| region.nanos).sum();
        line(
            out,
            format_args!(
                "\nThe hottest regions: shares of all cycles, and of the host's {} us in native code\n",
                nanos / 1000
            ),
        );
        line(out, format_args!("cycles    host   entries  cycles each  6502  bytes  entry"));
        for region in self.regions.iter().take(top).filter(|region| region.entries > 0) {
            line(
                out,
                format_args!(
                    "{}  {}  {:>8}  {:>11.0}  {:>4}  {:>5}  {}",
                    percent(region.cycles, self.cycles),
                    percent(region.nanos, nanos),
                    region.entries,
                    region.cycles as f64 / region.entries as f64,
                    region.instructions,
                    region.bytes,
                    symbols.place(region.key.pc, Some(region.key.offset)),
                ),
            );
        }
    }

    fn list_interpreted(&self, out: &mut String, symbols: &Symbols, top: usize) {
        if self.interpreted.is_empty() || top == 0 {
            return;
        }
        line(out, format_args!("\nThe most interpreted code, each up to its next jump\n"));
        line(out, format_args!("cycles     times  why        at"));
        for code in self.interpreted.iter().take(top) {
            let (share, why) = (percent(code.cycles, self.cycles), code.reason.name());
            line(out, format_args!("{share}  {:>8}  {why:<9}  {}", code.times, symbols.place(code.pc, code.offset)));
        }
    }

    fn sections(&self, out: &mut String, region: &CompiledRegion, symbols: &Symbols, sections: Sections) {
        let guest = GuestRegion::new(self.machine.cartridge(), symbols, region.key);
        let heading = guest.place();
        let mut section = |what: &str, text: String| {
            line(out, format_args!("\n{what} of {heading}\n"));
            text.lines().for_each(|text| line(out, format_args!("  {text}")));
        };
        if sections.code {
            section("6502 code", guest.code(&region.ranges));
        }
        if !(sections.clif || sections.native) {
            return;
        }
        let Some(listing) = self.machine.recompiler().and_then(|recompiler| recompiler.listing(region.key)) else {
            return;
        };
        if sections.clif {
            section("CLIF", guest.clif(&listing));
        }
        if sections.native {
            section("Native code", guest.native(&listing, Target::Host));
        }
    }
}

fn percent(part: u64, all: u64) -> String {
    format!("{:>5.1}%", part as f64 / all.max(1) as f64 * 100.0)
}

fn line(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", line.to_string().trim_end());
}

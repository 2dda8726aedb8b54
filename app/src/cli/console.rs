//! Options of the console that a ROM runs on, shared by all commands that switch one on. They change results.

use crate::names;
use ricojit::Options;
use ricojit::options::{Alignment, RamPattern, Start};

/// The options.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Console options")]
pub(crate) struct ConsoleArgs {
    /// The console: ntsc, pal, dendy, or auto: that of the movie or of the ROM's header, otherwise ntsc. `ricojit info` says
    /// what decided
    #[arg(short, long, value_name = "NAME", default_value = "auto", value_parser = names::region)]
    pub(super) region: names::Console,

    /// How the clocks are aligned at power-on: a phase, 0 to 3 (to 4 on PAL and Dendy), the master clocks by which the
    /// last PPU dot has begun before the first CPU cycle; with :put, that is a put cycle in place of a get cycle
    ///
    /// A console starts with any of them. docs/alignments.md names the test ROMs that pass with some of them only.
    #[arg(long, value_name = "PHASE[:put]", default_value = "0", value_parser = names::alignment)]
    alignment: Alignment,

    /// What the PPU has done before, and what Reset resets: nes (nothing; CPU and PPU), famicom (it left its reset earlier;
    /// the CPU), warm (it has been running, as after a flash cart's menu; both) [default: nes]
    #[arg(long, value_name = "HOW", value_parser = names::start)]
    pub(super) start: Option<Start>,

    /// RAM at power-on: zeros, ones or random:SEED
    #[arg(long, value_name = "PATTERN", default_value = "zeros", value_parser = names::power_on)]
    power_on: RamPattern,

    /// OAM loses what it holds where rendering is off for 40 lines
    #[arg(long)]
    oam_decay: bool,
}

impl ConsoleArgs {
    /// Other options with these.
    pub(super) fn options(&self, others: Options) -> Options {
        let others =
            others.region(self.region.forced()).alignment(self.alignment).start(self.start.unwrap_or_default());
        others.ram(self.power_on).oam_decay(self.oam_decay)
    }
}

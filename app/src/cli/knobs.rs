//! Knobs that all commands with a machine take alike. Each turns one thing off or forces it; none changes a result.

use super::rom::Rom;
use super::{terminal, values};
use ricojit::Machine;
use ricojit::options::{Engine, JitOptions, Options};
use ricojit::recompiler::Statistics;
use ricojit::testing::{DeadlineMode, TestSwitches};

/// The knobs as clap has them.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Knobs (none of them changes a result)")]
pub(crate) struct Knobs {
    /// Entries after which the JIT compiles a piece of code, a quarter of them once a machine has run for a minute; 0
    /// compiles everything [default: the JIT's own]
    #[arg(long, value_name = "N")]
    jit_threshold: Option<u32>,

    /// Compile at once, in the thread that runs the machine
    #[arg(long)]
    jit_sync: bool,

    /// Compile without these: link (native code that goes on to other native code), liveness (leaving out flags that
    /// nobody reads), inline (small subroutines in their callers)
    #[arg(long, value_name = "PART,...", value_delimiter = ',', hide_possible_values = true)]
    jit_off: Vec<JitPart>,

    /// Bytes of memory for compiled code, 0 as on a host that gives none
    #[arg(long, value_name = "N", hide = true)]
    jit_code_bytes: Option<usize>,

    /// Skip turns of loops that only wait [default: the JIT does, the interpreter does not]
    #[arg(long, conflicts_with = "no_idle_skip")]
    idle_skip: bool,

    /// Run every turn of loops that only wait
    #[arg(long)]
    no_idle_skip: bool,

    /// The PPU never does whole lines at once
    #[arg(long)]
    exact_ppu: bool,

    /// When the CPU asks about events: real (when one can be due), now (always) or random:SEED (earlier)
    #[arg(long, value_name = "MODE", default_value = "real", value_parser = values::deadline)]
    deadline: DeadlineMode,
}

/// `--jit-off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum JitPart {
    Link,
    Liveness,
    Inline,
}

impl Knobs {
    /// Options of a machine with these knobs, on this executor; all else is as it is by default.
    pub(crate) fn options(&self, engine: Engine) -> Options {
        let on = |part| !self.jit_off.contains(&part);
        let switches = TestSwitches::new().exact_ppu(self.exact_ppu).deadline(self.deadline);
        let switches = switches.code_bytes(self.jit_code_bytes);
        Options::new()
            .engine(engine)
            .jit(
                JitOptions::new()
                    .threshold(self.jit_threshold)
                    .sync(self.jit_sync)
                    .link(on(JitPart::Link))
                    .liveness(on(JitPart::Liveness))
                    .inline(on(JitPart::Inline)),
            )
            .idle_skip(self.idle_skip())
            .testing(switches)
    }

    /// What `--idle-skip` and `--no-idle-skip` say; `None` if neither is there.
    pub(crate) fn idle_skip(&self) -> Option<bool> {
        (self.idle_skip || self.no_idle_skip).then_some(self.idle_skip)
    }

    /// Whether the executor does what its name says on this host. If not, says so, once: for commands with many ROMs.
    pub(crate) fn check_engine(&self, engine: Engine) -> bool {
        // No ROM that is to be run is needed to find out.
        let demo = Rom::demo().and_then(|demo| demo.machine(&self.options(engine)));
        demo.is_ok_and(|machine| !warn(&machine))
    }
}

/// Says what there is to say of the recompiler; whether there was anything.
pub(crate) fn warn(machine: &Machine) -> bool {
    let warning = match machine.recompiler().map(|recompiler| recompiler.statistics()) {
        None if machine.options().engine != Engine::Interpreter => {
            Some("This host cannot run generated code: the interpreter does all the work.")
        }
        Some(Statistics { lost: true, .. }) => {
            Some("The compile thread died: the interpreter does what is not compiled yet.")
        }
        _ => None,
    };
    if let Some(warning) = warning {
        terminal::say(warning);
    }
    warning.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        knobs: Knobs,
    }

    fn options(words: &[&str]) -> Options {
        Only::try_parse_from([&["test"], words].concat()).expect("good words").knobs.options(Engine::Interpreter)
    }

    #[test]
    fn every_knob_turns_one_thing() {
        let plain = Options::default();
        assert_eq!(options(&[]), plain);
        let jit = |change: fn(&mut JitOptions)| {
            let mut options = plain.clone();
            change(&mut options.jit);
            options
        };
        for (words, expected) in [
            (&["--jit-threshold", "7"][..], jit(|jit| jit.threshold = Some(7))),
            (&["--jit-sync"], jit(|jit| jit.sync = true)),
            (&["--jit-code-bytes", "4096"], plain.clone().testing(TestSwitches::new().code_bytes(4096))),
            (&["--jit-off", "link"], jit(|jit| jit.link = false)),
            (&["--jit-off", "liveness,inline"], jit(|jit| (jit.liveness, jit.inline) = (false, false))),
            (&["--idle-skip"], plain.clone().idle_skip(Some(true))),
            (&["--no-idle-skip"], plain.clone().idle_skip(Some(false))),
            (&["--exact-ppu"], plain.clone().testing(TestSwitches::new().exact_ppu(true))),
            (&["--deadline", "now"], plain.clone().testing(TestSwitches::new().deadline(DeadlineMode::Now))),
            (&["--deadline", "random:3"], plain.clone().testing(TestSwitches::new().deadline(DeadlineMode::Random(3)))),
        ] {
            assert_eq!(options(words), expected, "{words:?}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [&["--jit-off", "all"][..], &["--idle-skip", "--no-idle-skip"], &["--deadline", "soon"]] {
            assert!(Only::try_parse_from([&["test"], words].concat()).is_err(), "{words:?}");
        }
    }
}

//! Options of the engine, shared by all commands that run a machine. Each turns one thing off or forces it; none changes
//! a result.

use super::rom::Rom;
use crate::{names, terminal};
use ricojit::Machine;
use ricojit::options::{Engine, JitOptions, Options};
use ricojit::recompiler::Statistics;
use ricojit::testing::{DeadlineMode, TestSwitches};

/// The options.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Engine options (they do not change results)")]
pub(crate) struct EngineArgs {
    /// Entries after which the JIT compiles a piece of code; 0 compiles everything [default: the JIT compiles what
    /// pays]
    #[arg(long, value_name = "N")]
    jit_threshold: Option<u32>,

    /// Compile in the thread that runs the machine, which waits for it
    #[arg(long)]
    jit_sync: bool,

    /// Turn off optimisations: link (native code jumps to other native code), liveness (flags that are never read are not
    /// computed), inline (small subroutines are compiled into their callers)
    #[arg(long, value_name = "PART,...", value_delimiter = ',', hide_possible_values = true)]
    jit_off: Vec<JitPart>,

    /// Bytes of code memory; 0 acts like a host without executable memory
    #[arg(long, value_name = "N", hide = true)]
    jit_code_bytes: Option<usize>,

    /// Skip iterations of idle loops [default: the interpreter does not, the others do]
    #[arg(long, conflicts_with = "no_idle_skip")]
    idle_skip: bool,

    /// Run every iteration of idle loops
    #[arg(long)]
    no_idle_skip: bool,

    /// Run the PPU dot by dot, never a line at a time
    #[arg(long)]
    exact_ppu: bool,

    /// When the CPU checks for events: real (when one can be due), now (always) or random:SEED (too early, at random)
    #[arg(long, value_name = "MODE", default_value = "real", value_parser = names::deadline)]
    deadline: DeadlineMode,
}

/// `--jit-off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum JitPart {
    Link,
    Liveness,
    Inline,
}

impl EngineArgs {
    /// The options of a machine on this engine; all others have their defaults.
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

    /// `--idle-skip` or `--no-idle-skip`; `None` if neither is given.
    pub(crate) fn idle_skip(&self) -> Option<bool> {
        (self.idle_skip || self.no_idle_skip).then_some(self.idle_skip)
    }

    /// Whether the engine works on this host; prints a warning if not. For commands that run many ROMs.
    pub(crate) fn check_engine(&self, engine: Engine) -> bool {
        if engine == Engine::Aot && !Engine::Jit.is_built() {
            return true; // that depends on the image
        }
        // Any ROM will do.
        let demo = Rom::demo().and_then(|demo| demo.machine(&self.options(engine)));
        demo.is_ok_and(|machine| !warn(&machine))
    }
}

/// Prints the recompiler's warning, if it has one; returns whether it has.
pub(crate) fn warn(machine: &Machine) -> bool {
    let warning = match machine.recompiler().map(|recompiler| recompiler.statistics()) {
        None if machine.options().engine != Engine::Interpreter => {
            Some("this host cannot run generated code: the interpreter runs everything")
        }
        Some(Statistics { lost: true, .. }) => {
            Some("the compiler thread panicked: the interpreter runs what is not compiled yet")
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
        engine_args: EngineArgs,
    }

    fn options(words: &[&str]) -> Options {
        Only::try_parse_from([&["test"], words].concat())
            .expect("valid options")
            .engine_args
            .options(Engine::Interpreter)
    }

    #[test]
    fn every_option_changes_one_thing() {
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
    fn bad_values_are_refused() {
        for words in [&["--jit-off", "all"][..], &["--idle-skip", "--no-idle-skip"], &["--deadline", "soon"]] {
            assert!(Only::try_parse_from([&["test"], words].concat()).is_err(), "{words:?}");
        }
    }
}

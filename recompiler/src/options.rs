//! Options of the recompiler.

/// Options of a [`Jit`](crate::Jit). Each turns one thing off or forces it; none changes a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Executions of a target of control transfers before it is compiled; 0 compiles every target at once. `None`
    /// compiles what pays, in batches.
    pub threshold: Option<u32>,
    /// Compiles at once, in the thread that runs the machine; otherwise a worker thread compiles in the background.
    pub sync: bool,
    /// Whether native code jumps to other native code without returning to the driver.
    pub link: bool,
    /// Whether flags that are overwritten before they are read are left out.
    pub liveness: bool,
    /// Whether small subroutines are compiled into their callers.
    pub inline: bool,
    /// Whether whole iterations of idle loops are skipped.
    pub idle_skip: bool,
    /// Whether to keep what [`Jit::regions`](crate::Jit::regions) and
    /// [`Jit::interpreted_code`](crate::Jit::interpreted_code) give; costs two reads of the clock for each entry of
    /// native code.
    pub profile: bool,
    /// Whether entries of what has no code are counted, for [`Jit::entry_counts`](crate::Jit::entry_counts), in place of
    /// compiling it.
    pub count_entries: bool,
    /// Bytes of code in a generation. 0: as on a host without executable memory.
    #[doc(hidden)]
    pub code_bytes: usize,
}

/// Address space for the code of a generation; memory is taken as it is needed.
const CODE_BYTES: usize = 64 << 20;

impl Options {
    /// Those on which code depends: `link`, `liveness`, `inline`, `idle_skip`.
    pub(crate) fn of_code(&self) -> [bool; 4] {
        let &Self {
            link,
            liveness,
            inline,
            idle_skip,
            threshold: _,
            sync: _,
            profile: _,
            count_entries: _,
            code_bytes: _,
        } = self;
        [link, liveness, inline, idle_skip]
    }

    /// With other ones on which code depends.
    pub(crate) fn with_code(self, [link, liveness, inline, idle_skip]: [bool; 4]) -> Self {
        Self { link, liveness, inline, idle_skip, ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threshold: None,
            sync: false,
            link: true,
            liveness: true,
            inline: true,
            idle_skip: true,
            profile: false,
            count_entries: false,
            code_bytes: CODE_BYTES,
        }
    }
}

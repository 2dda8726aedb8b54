//! How an address was found to be code.

/// How an address was found to be code, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Control reaches it from a vector, in banks that are certainly mapped.
    Vectors,
    /// A profile, or a code/data log: it was executed.
    Executed,
    /// Control reaches it if a certain bank is mapped.
    Bank,
    /// A table of addresses that code indexes.
    Table,
    /// Addresses or text that follow a JSR.
    Inline,
    /// It follows code that ends, and looks like code.
    Gap,
    /// Several words in a row that are addresses of what looks like code.
    Word,
}

impl Source {
    /// Every source, in order.
    pub const ALL: [Self; 7] =
        [Self::Vectors, Self::Executed, Self::Bank, Self::Table, Self::Inline, Self::Gap, Self::Word];

    /// One word, for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vectors => "vectors",
            Self::Executed => "executed",
            Self::Bank => "bank",
            Self::Table => "table",
            Self::Inline => "inline",
            Self::Gap => "gap",
            Self::Word => "word",
        }
    }

    /// Whether what it says is certain.
    pub const fn is_proof(self) -> bool {
        matches!(self, Self::Vectors | Self::Executed)
    }
}

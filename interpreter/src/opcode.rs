//! The 256 opcodes as facts: the one table of interpreter, disassembler and every other engine.
//!
//! [`OPCODES`] is laid out like the datasheet's matrix: a cell names mnemonic, addressing mode and cycles, and
//! its letter the legality. What follows from the mnemonic alone (shape, flags, registers) is listed once per
//! mnemonic, in `FACTS`; what follows from shape and mode (page crossing, index registers) is computed.
//!
//! Sources: <https://www.nesdev.org/wiki/CPU_unofficial_opcodes>, <https://www.nesdev.org/wiki/Instruction_reference>

/// The name of an operation.
#[rustfmt::skip]
#[allow(missing_docs, reason = "the names are the datasheet's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Mnemonic {
    Adc, And, Asl, Bcc, Bcs, Beq, Bit, Bmi, Bne, Bpl, Brk, Bvc, Bvs, Clc, Cld, Cli, Clv, Cmp, Cpx, Cpy,
    Dec, Dex, Dey, Eor, Inc, Inx, Iny, Jmp, Jsr, Lda, Ldx, Ldy, Lsr, Nop, Ora, Pha, Php, Pla, Plp, Rol,
    Ror, Rti, Rts, Sbc, Sec, Sed, Sei, Sta, Stx, Sty, Tax, Tay, Tsx, Txa, Txs, Tya,
    // Unofficial
    Alr, Anc, Ane, Arr, Dcp, Isc, Jam, Las, Lax, Lxa, Rla, Rra, Sax, Sbx, Sha, Shs, Shx, Shy, Slo, Sre,
}

impl Mnemonic {
    /// The name in capitals, as an assembler takes it.
    pub const fn name(self) -> &'static str {
        FACTS[self as usize].name
    }
}

/// Where the operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum AddrMode {
    /// No operand. (BRK too, although it skips the byte after it.)
    Implied,
    /// `ASL A`
    Accumulator,
    /// `LDA #$12`
    Immediate,
    /// `LDA $12`
    ZeroPage,
    /// `LDA $12,X`, wrapping in the zero page
    ZeroPageX,
    /// `LDX $12,Y`, wrapping in the zero page
    ZeroPageY,
    /// `LDA $1234`
    Absolute,
    /// `LDA $1234,X`
    AbsoluteX,
    /// `LDA $1234,Y`
    AbsoluteY,
    /// `LDA ($12,X)`
    IndirectX,
    /// `LDA ($12),Y`
    IndirectY,
    /// `JMP ($1234)`; the pointer's high byte comes from the same page
    Indirect,
    /// `BNE $1234`, a signed distance from the next instruction
    Relative,
}

impl AddrMode {
    /// Bytes of an instruction in this mode, opcode included.
    pub const fn length(self) -> u8 {
        use AddrMode::*;
        match self {
            Implied | Accumulator => 1,
            Immediate | ZeroPage | ZeroPageX | ZeroPageY | IndirectX | IndirectY | Relative => 2,
            Absolute | AbsoluteX | AbsoluteY | Indirect => 3,
        }
    }

    /// The registers that take part in the address.
    const fn reads(self) -> Registers {
        use AddrMode::*;
        match self {
            ZeroPageX | AbsoluteX | IndirectX => X,
            ZeroPageY | AbsoluteY | IndirectY => Y,
            _ => NONE,
        }
    }
}

/// The sequence of bus accesses after the opcode fetch and the addressing mode's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Shape {
    /// No memory operand; the second cycle reads the next byte and ignores it.
    Implied,
    /// Reads the operand.
    Load,
    /// Writes the operand.
    Store,
    /// Reads the operand, writes it back unchanged, writes the result.
    Modify,
    /// SHA, SHX, SHY, SHS: a store that collides with the carry into the high address byte.
    StoreHigh,
    /// A conditional relative jump.
    Branch,
    /// JMP.
    Jump,
    /// JSR.
    Call,
    /// RTS.
    Return,
    /// PHA, PHP.
    Push,
    /// PLA, PLP.
    Pull,
    /// BRK.
    Break,
    /// RTI.
    ReturnFromInterrupt,
    /// Stops the CPU until reset.
    Jam,
}

/// What the carry from the low into the high address byte costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PageCross {
    /// There is no such carry.
    Never,
    /// One cycle more when the page is crossed, a read of the address without the carry.
    /// (A branch also takes one more for being taken.)
    Adds,
    /// That cycle is always taken, and is part of the base cycles.
    Always,
}

/// How far an opcode can be relied upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Legality {
    /// Documented by MOS.
    Official,
    /// Undocumented, the same on every chip.
    Unofficial,
    /// Undocumented, depends on chip, temperature or DMA.
    Unstable,
    /// Stops the CPU.
    Jam,
}

/// A set of registers and flags. The low byte has the flags at their places in P.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Registers(u16);

impl Registers {
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// Carry.
    pub const C: Self = Self(0x01);
    /// Zero.
    pub const Z: Self = Self(0x02);
    /// Interrupt disable.
    pub const I: Self = Self(0x04);
    /// Decimal.
    pub const D: Self = Self(0x08);
    /// Overflow.
    pub const V: Self = Self(0x40);
    /// Negative.
    pub const N: Self = Self(0x80);
    /// All six flags.
    pub const P: Self = Self(0xCF);
    /// The accumulator.
    pub const A: Self = Self(0x100);
    /// Index X.
    pub const X: Self = Self(0x200);
    /// Index Y.
    pub const Y: Self = Self(0x400);
    /// The stack pointer.
    pub const S: Self = Self(0x800);

    /// The union of two sets.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the two sets have a member in common.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The flags of the set, at their places in P.
    pub const fn flags(self) -> u8 {
        self.0 as u8
    }
}

/// One row of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Opcode {
    /// The byte itself.
    pub code: u8,
    /// The operation.
    pub mnemonic: Mnemonic,
    /// Where its operand is.
    pub mode: AddrMode,
    /// Its bus accesses.
    pub shape: Shape,
    /// Cycles without page crossing and, for a branch, not taken.
    pub cycles: u8,
    /// What a page crossing costs.
    pub page_cross: PageCross,
    /// Registers and flags the result or the accesses depend on.
    pub reads: Registers,
    /// Registers and flags that change (PC is not among them).
    pub writes: Registers,
    /// Official or not.
    pub legality: Legality,
}

impl Opcode {
    /// The row of an opcode.
    pub fn of(code: u8) -> &'static Self {
        static TABLE: [Opcode; 256] = OPCODES;
        &TABLE[code as usize]
    }

    /// Bytes of the instruction, opcode included.
    pub const fn length(&self) -> u8 {
        self.mode.length()
    }

    const fn new(code: u8, cell: Cell) -> Self {
        let Cell(mnemonic, mode, cycles, legality) = cell;
        let facts = &FACTS[mnemonic as usize];
        assert!(facts.mnemonic as u8 == mnemonic as u8, "the facts are in the order of the mnemonics");
        let shape = match (facts.shape, mode) {
            // `ASL A` and the one-byte NOPs: same operation, no memory operand.
            (Shape::Load | Shape::Modify, AddrMode::Implied | AddrMode::Accumulator) => Shape::Implied,
            (shape, _) => shape,
        };
        let accumulator = if matches!(mode, AddrMode::Accumulator) { A } else { NONE };
        Self {
            code,
            mnemonic,
            mode,
            shape,
            cycles,
            page_cross: page_cross(shape, mode),
            reads: facts.reads.plus(mode.reads()).plus(accumulator),
            writes: facts.writes.plus(accumulator),
            legality,
        }
    }
}

const fn page_cross(shape: Shape, mode: AddrMode) -> PageCross {
    match (shape, mode) {
        (Shape::Branch, _) => PageCross::Adds,
        (Shape::Load, AddrMode::AbsoluteX | AddrMode::AbsoluteY | AddrMode::IndirectY) => PageCross::Adds,
        (_, AddrMode::AbsoluteX | AddrMode::AbsoluteY | AddrMode::IndirectY) => PageCross::Always,
        _ => PageCross::Never,
    }
}

/// Mnemonic, addressing mode, base cycles, legality.
#[derive(Clone, Copy)]
struct Cell(Mnemonic, AddrMode, u8, Legality);

// The letters and modes of the matrix, short enough for its columns.
const fn o(mnemonic: Mnemonic, mode: AddrMode, cycles: u8) -> Cell {
    Cell(mnemonic, mode, cycles, Legality::Official)
}
const fn u(mnemonic: Mnemonic, mode: AddrMode, cycles: u8) -> Cell {
    Cell(mnemonic, mode, cycles, Legality::Unofficial)
}
const fn x(mnemonic: Mnemonic, mode: AddrMode, cycles: u8) -> Cell {
    Cell(mnemonic, mode, cycles, Legality::Unstable)
}
/// The vectors log eleven cycles of a jam, which has no end.
const JAM: Cell = Cell(Mnemonic::Jam, AddrMode::Implied, 11, Legality::Jam);

const IMP: AddrMode = AddrMode::Implied;
const ACC: AddrMode = AddrMode::Accumulator;
const IMM: AddrMode = AddrMode::Immediate;
const ZPG: AddrMode = AddrMode::ZeroPage;
const ZPX: AddrMode = AddrMode::ZeroPageX;
const ZPY: AddrMode = AddrMode::ZeroPageY;
const ABS: AddrMode = AddrMode::Absolute;
const ABX: AddrMode = AddrMode::AbsoluteX;
const ABY: AddrMode = AddrMode::AbsoluteY;
const INX: AddrMode = AddrMode::IndirectX;
const INY: AddrMode = AddrMode::IndirectY;
const IND: AddrMode = AddrMode::Indirect;
const REL: AddrMode = AddrMode::Relative;

/// The matrix: row and column are the opcode's nibbles. `o` official, `u` unofficial, `x` unstable.
#[rustfmt::skip]
const MATRIX: [[Cell; 8]; 32] = {
    use Mnemonic::*;
    [
    //      0 / 8           1 / 9           2 / A           3 / B           4 / C           5 / D           6 / E
    //      7 / F
    /*00*/ [o(Brk, IMP, 7), o(Ora, INX, 6), JAM,            u(Slo, INX, 8), u(Nop, ZPG, 3), o(Ora, ZPG, 3), o(Asl, ZPG, 5), u(Slo, ZPG, 5)],
    /*08*/ [o(Php, IMP, 3), o(Ora, IMM, 2), o(Asl, ACC, 2), u(Anc, IMM, 2), u(Nop, ABS, 4), o(Ora, ABS, 4), o(Asl, ABS, 6), u(Slo, ABS, 6)],
    /*10*/ [o(Bpl, REL, 2), o(Ora, INY, 5), JAM,            u(Slo, INY, 8), u(Nop, ZPX, 4), o(Ora, ZPX, 4), o(Asl, ZPX, 6), u(Slo, ZPX, 6)],
    /*18*/ [o(Clc, IMP, 2), o(Ora, ABY, 4), u(Nop, IMP, 2), u(Slo, ABY, 7), u(Nop, ABX, 4), o(Ora, ABX, 4), o(Asl, ABX, 7), u(Slo, ABX, 7)],
    /*20*/ [o(Jsr, ABS, 6), o(And, INX, 6), JAM,            u(Rla, INX, 8), o(Bit, ZPG, 3), o(And, ZPG, 3), o(Rol, ZPG, 5), u(Rla, ZPG, 5)],
    /*28*/ [o(Plp, IMP, 4), o(And, IMM, 2), o(Rol, ACC, 2), u(Anc, IMM, 2), o(Bit, ABS, 4), o(And, ABS, 4), o(Rol, ABS, 6), u(Rla, ABS, 6)],
    /*30*/ [o(Bmi, REL, 2), o(And, INY, 5), JAM,            u(Rla, INY, 8), u(Nop, ZPX, 4), o(And, ZPX, 4), o(Rol, ZPX, 6), u(Rla, ZPX, 6)],
    /*38*/ [o(Sec, IMP, 2), o(And, ABY, 4), u(Nop, IMP, 2), u(Rla, ABY, 7), u(Nop, ABX, 4), o(And, ABX, 4), o(Rol, ABX, 7), u(Rla, ABX, 7)],
    /*40*/ [o(Rti, IMP, 6), o(Eor, INX, 6), JAM,            u(Sre, INX, 8), u(Nop, ZPG, 3), o(Eor, ZPG, 3), o(Lsr, ZPG, 5), u(Sre, ZPG, 5)],
    /*48*/ [o(Pha, IMP, 3), o(Eor, IMM, 2), o(Lsr, ACC, 2), u(Alr, IMM, 2), o(Jmp, ABS, 3), o(Eor, ABS, 4), o(Lsr, ABS, 6), u(Sre, ABS, 6)],
    /*50*/ [o(Bvc, REL, 2), o(Eor, INY, 5), JAM,            u(Sre, INY, 8), u(Nop, ZPX, 4), o(Eor, ZPX, 4), o(Lsr, ZPX, 6), u(Sre, ZPX, 6)],
    /*58*/ [o(Cli, IMP, 2), o(Eor, ABY, 4), u(Nop, IMP, 2), u(Sre, ABY, 7), u(Nop, ABX, 4), o(Eor, ABX, 4), o(Lsr, ABX, 7), u(Sre, ABX, 7)],
    /*60*/ [o(Rts, IMP, 6), o(Adc, INX, 6), JAM,            u(Rra, INX, 8), u(Nop, ZPG, 3), o(Adc, ZPG, 3), o(Ror, ZPG, 5), u(Rra, ZPG, 5)],
    /*68*/ [o(Pla, IMP, 4), o(Adc, IMM, 2), o(Ror, ACC, 2), u(Arr, IMM, 2), o(Jmp, IND, 5), o(Adc, ABS, 4), o(Ror, ABS, 6), u(Rra, ABS, 6)],
    /*70*/ [o(Bvs, REL, 2), o(Adc, INY, 5), JAM,            u(Rra, INY, 8), u(Nop, ZPX, 4), o(Adc, ZPX, 4), o(Ror, ZPX, 6), u(Rra, ZPX, 6)],
    /*78*/ [o(Sei, IMP, 2), o(Adc, ABY, 4), u(Nop, IMP, 2), u(Rra, ABY, 7), u(Nop, ABX, 4), o(Adc, ABX, 4), o(Ror, ABX, 7), u(Rra, ABX, 7)],
    /*80*/ [u(Nop, IMM, 2), o(Sta, INX, 6), u(Nop, IMM, 2), u(Sax, INX, 6), o(Sty, ZPG, 3), o(Sta, ZPG, 3), o(Stx, ZPG, 3), u(Sax, ZPG, 3)],
    /*88*/ [o(Dey, IMP, 2), u(Nop, IMM, 2), o(Txa, IMP, 2), x(Ane, IMM, 2), o(Sty, ABS, 4), o(Sta, ABS, 4), o(Stx, ABS, 4), u(Sax, ABS, 4)],
    /*90*/ [o(Bcc, REL, 2), o(Sta, INY, 6), JAM,            x(Sha, INY, 6), o(Sty, ZPX, 4), o(Sta, ZPX, 4), o(Stx, ZPY, 4), u(Sax, ZPY, 4)],
    /*98*/ [o(Tya, IMP, 2), o(Sta, ABY, 5), o(Txs, IMP, 2), x(Shs, ABY, 5), x(Shy, ABX, 5), o(Sta, ABX, 5), x(Shx, ABY, 5), x(Sha, ABY, 5)],
    /*A0*/ [o(Ldy, IMM, 2), o(Lda, INX, 6), o(Ldx, IMM, 2), u(Lax, INX, 6), o(Ldy, ZPG, 3), o(Lda, ZPG, 3), o(Ldx, ZPG, 3), u(Lax, ZPG, 3)],
    /*A8*/ [o(Tay, IMP, 2), o(Lda, IMM, 2), o(Tax, IMP, 2), x(Lxa, IMM, 2), o(Ldy, ABS, 4), o(Lda, ABS, 4), o(Ldx, ABS, 4), u(Lax, ABS, 4)],
    /*B0*/ [o(Bcs, REL, 2), o(Lda, INY, 5), JAM,            u(Lax, INY, 5), o(Ldy, ZPX, 4), o(Lda, ZPX, 4), o(Ldx, ZPY, 4), u(Lax, ZPY, 4)],
    /*B8*/ [o(Clv, IMP, 2), o(Lda, ABY, 4), o(Tsx, IMP, 2), u(Las, ABY, 4), o(Ldy, ABX, 4), o(Lda, ABX, 4), o(Ldx, ABY, 4), u(Lax, ABY, 4)],
    /*C0*/ [o(Cpy, IMM, 2), o(Cmp, INX, 6), u(Nop, IMM, 2), u(Dcp, INX, 8), o(Cpy, ZPG, 3), o(Cmp, ZPG, 3), o(Dec, ZPG, 5), u(Dcp, ZPG, 5)],
    /*C8*/ [o(Iny, IMP, 2), o(Cmp, IMM, 2), o(Dex, IMP, 2), u(Sbx, IMM, 2), o(Cpy, ABS, 4), o(Cmp, ABS, 4), o(Dec, ABS, 6), u(Dcp, ABS, 6)],
    /*D0*/ [o(Bne, REL, 2), o(Cmp, INY, 5), JAM,            u(Dcp, INY, 8), u(Nop, ZPX, 4), o(Cmp, ZPX, 4), o(Dec, ZPX, 6), u(Dcp, ZPX, 6)],
    /*D8*/ [o(Cld, IMP, 2), o(Cmp, ABY, 4), u(Nop, IMP, 2), u(Dcp, ABY, 7), u(Nop, ABX, 4), o(Cmp, ABX, 4), o(Dec, ABX, 7), u(Dcp, ABX, 7)],
    /*E0*/ [o(Cpx, IMM, 2), o(Sbc, INX, 6), u(Nop, IMM, 2), u(Isc, INX, 8), o(Cpx, ZPG, 3), o(Sbc, ZPG, 3), o(Inc, ZPG, 5), u(Isc, ZPG, 5)],
    /*E8*/ [o(Inx, IMP, 2), o(Sbc, IMM, 2), o(Nop, IMP, 2), u(Sbc, IMM, 2), o(Cpx, ABS, 4), o(Sbc, ABS, 4), o(Inc, ABS, 6), u(Isc, ABS, 6)],
    /*F0*/ [o(Beq, REL, 2), o(Sbc, INY, 5), JAM,            u(Isc, INY, 8), u(Nop, ZPX, 4), o(Sbc, ZPX, 4), o(Inc, ZPX, 6), u(Isc, ZPX, 6)],
    /*F8*/ [o(Sed, IMP, 2), o(Sbc, ABY, 4), u(Nop, IMP, 2), u(Isc, ABY, 7), u(Nop, ABX, 4), o(Sbc, ABX, 4), o(Inc, ABX, 7), u(Isc, ABX, 7)],
    ]
};

/// All opcodes, indexed by their byte. A constant, so that code compiled for one opcode knows its row;
/// at run time [`Opcode::of`] has the table in memory.
pub const OPCODES: [Opcode; 256] = {
    let mut table = [Opcode::new(0, MATRIX[0][0]); 256];
    let mut code = 1;
    while code < 256 {
        table[code] = Opcode::new(code as u8, MATRIX[code / 8][code % 8]);
        code += 1;
    }
    table
};

/// What is true of a mnemonic in every addressing mode.
struct Facts {
    name: &'static str,
    mnemonic: Mnemonic,
    shape: Shape,
    reads: Registers,
    writes: Registers,
}

const fn f(name: &'static str, mnemonic: Mnemonic, shape: Shape, reads: Registers, writes: Registers) -> Facts {
    Facts { name, mnemonic, shape, reads, writes }
}

const NONE: Registers = Registers::NONE;
const A: Registers = Registers::A;
const X: Registers = Registers::X;
const Y: Registers = Registers::Y;
const S: Registers = Registers::S;
const P: Registers = Registers::P;
const C: Registers = Registers::C;
const D: Registers = Registers::D;
const I: Registers = Registers::I;
const V: Registers = Registers::V;
const Z: Registers = Registers::Z;
const NZ: Registers = Registers::N.plus(Registers::Z);
const NZC: Registers = NZ.plus(C);
const NZV: Registers = NZ.plus(V);
const NZVC: Registers = NZV.plus(C);

/// One row per mnemonic, in the order of the enum (otherwise it does not compile).
#[rustfmt::skip]
const FACTS: [Facts; 76] = {
    use Mnemonic::*;
    use Shape::*;
    [
    //                       reads        writes
    f("ADC", Adc, Load,      A.plus(C),    A.plus(NZVC)),
    f("AND", And, Load,      A,           A.plus(NZ)),
    f("ASL", Asl, Modify,    NONE,        NZC),
    f("BCC", Bcc, Branch,    C,           NONE),
    f("BCS", Bcs, Branch,    C,           NONE),
    f("BEQ", Beq, Branch,    Z,           NONE),
    f("BIT", Bit, Load,      A,           NZV),
    f("BMI", Bmi, Branch,    Registers::N, NONE),
    f("BNE", Bne, Branch,    Z,           NONE),
    f("BPL", Bpl, Branch,    Registers::N, NONE),
    f("BRK", Brk, Break,     S.plus(P),    S.plus(I)),
    f("BVC", Bvc, Branch,    V,           NONE),
    f("BVS", Bvs, Branch,    V,           NONE),
    f("CLC", Clc, Implied,   NONE,        C),
    f("CLD", Cld, Implied,   NONE,        D),
    f("CLI", Cli, Implied,   NONE,        I),
    f("CLV", Clv, Implied,   NONE,        V),
    f("CMP", Cmp, Load,      A,           NZC),
    f("CPX", Cpx, Load,      X,           NZC),
    f("CPY", Cpy, Load,      Y,           NZC),
    f("DEC", Dec, Modify,    NONE,        NZ),
    f("DEX", Dex, Implied,   X,           X.plus(NZ)),
    f("DEY", Dey, Implied,   Y,           Y.plus(NZ)),
    f("EOR", Eor, Load,      A,           A.plus(NZ)),
    f("INC", Inc, Modify,    NONE,        NZ),
    f("INX", Inx, Implied,   X,           X.plus(NZ)),
    f("INY", Iny, Implied,   Y,           Y.plus(NZ)),
    f("JMP", Jmp, Jump,      NONE,        NONE),
    f("JSR", Jsr, Call,      S,           S),
    f("LDA", Lda, Load,      NONE,        A.plus(NZ)),
    f("LDX", Ldx, Load,      NONE,        X.plus(NZ)),
    f("LDY", Ldy, Load,      NONE,        Y.plus(NZ)),
    f("LSR", Lsr, Modify,    NONE,        NZC),
    f("NOP", Nop, Load,      NONE,        NONE),
    f("ORA", Ora, Load,      A,           A.plus(NZ)),
    f("PHA", Pha, Push,      S.plus(A),    S),
    f("PHP", Php, Push,      S.plus(P),    S),
    f("PLA", Pla, Pull,      S,           S.plus(A).plus(NZ)),
    f("PLP", Plp, Pull,      S,           S.plus(P)),
    f("ROL", Rol, Modify,    C,           NZC),
    f("ROR", Ror, Modify,    C,           NZC),
    f("RTI", Rti, ReturnFromInterrupt, S, S.plus(P)),
    f("RTS", Rts, Return,    S,           S),
    f("SBC", Sbc, Load,      A.plus(C),    A.plus(NZVC)),
    f("SEC", Sec, Implied,   NONE,        C),
    f("SED", Sed, Implied,   NONE,        D),
    f("SEI", Sei, Implied,   NONE,        I),
    f("STA", Sta, Store,     A,           NONE),
    f("STX", Stx, Store,     X,           NONE),
    f("STY", Sty, Store,     Y,           NONE),
    f("TAX", Tax, Implied,   A,           X.plus(NZ)),
    f("TAY", Tay, Implied,   A,           Y.plus(NZ)),
    f("TSX", Tsx, Implied,   S,           X.plus(NZ)),
    f("TXA", Txa, Implied,   X,           A.plus(NZ)),
    f("TXS", Txs, Implied,   X,           S),
    f("TYA", Tya, Implied,   Y,           A.plus(NZ)),
    f("ALR", Alr, Load,      A,           A.plus(NZC)),
    f("ANC", Anc, Load,      A,           A.plus(NZC)),
    f("ANE", Ane, Load,      A.plus(X),    A.plus(NZ)),
    f("ARR", Arr, Load,      A.plus(C),    A.plus(NZVC)),
    f("DCP", Dcp, Modify,    A,           NZC),
    f("ISC", Isc, Modify,    A.plus(C),    A.plus(NZVC)),
    f("JAM", Mnemonic::Jam, Shape::Jam, NONE, NONE),
    f("LAS", Las, Load,      S,           A.plus(X).plus(S).plus(NZ)),
    f("LAX", Lax, Load,      NONE,        A.plus(X).plus(NZ)),
    f("LXA", Lxa, Load,      A,           A.plus(X).plus(NZ)),
    f("RLA", Rla, Modify,    A.plus(C),    A.plus(NZC)),
    f("RRA", Rra, Modify,    A.plus(C),    A.plus(NZVC)),
    f("SAX", Sax, Store,     A.plus(X),    NONE),
    f("SBX", Sbx, Load,      A.plus(X),    X.plus(NZC)),
    f("SHA", Sha, StoreHigh, A.plus(X),    NONE),
    f("SHS", Shs, StoreHigh, A.plus(X),    S),
    f("SHX", Shx, StoreHigh, X,           NONE),
    f("SHY", Shy, StoreHigh, Y,           NONE),
    f("SLO", Slo, Modify,    A,           A.plus(NZC)),
    f("SRE", Sre, Modify,    A,           A.plus(NZC)),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_has_151_official_opcodes_and_12_jams() {
        let count = |legality| OPCODES.iter().filter(|op| op.legality == legality).count();
        assert_eq!(count(Legality::Official), 151);
        assert_eq!(count(Legality::Unofficial), 86);
        assert_eq!(count(Legality::Unstable), 7);
        assert_eq!(count(Legality::Jam), 12);
    }
}

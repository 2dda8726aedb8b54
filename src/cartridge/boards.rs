//! Common names of iNES mapper numbers, for messages.

/// The name people know a board by.
pub fn board_name(mapper: u16) -> Option<&'static str> {
    NAMES.binary_search_by_key(&mapper, |row| row.0).ok().map(|i| NAMES[i].1)
}

#[rustfmt::skip]
const NAMES: &[(u16, &str)] = &[
    (0, "NROM"), (1, "MMC1, SxROM"), (2, "UxROM"), (3, "CNROM"), (4, "MMC3, TxROM"), (5, "MMC5, ExROM"),
    (6, "Front Fareast Magic Card 1M/2M"), (7, "AxROM"), (8, "Front Fareast Magic Card GNROM"), (9, "MMC2, PxROM"),
    (10, "MMC4, FxROM"), (11, "Color Dreams"),
];

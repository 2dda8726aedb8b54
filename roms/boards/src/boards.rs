//! The boards, a file for each family. A file begins with its table of ROMs; the scripts follow the pages of the NESdev wiki
//! that it names.

mod bandai;
mod camerica;
mod common;
mod cycle_irqs;
mod homebrew;
mod konami;
mod latches;
mod low;
mod mmc1;
mod mmc3;
mod mmc5;
mod namco_163;
mod namcot_108;
mod nametables;
mod nintendo;
mod one_game;
mod taito;

use crate::image::Board;

/// The tables of the files.
const FAMILIES: &[&[Board]] = &[
    nintendo::BOARDS,
    mmc1::BOARDS,
    mmc3::BOARDS,
    mmc5::BOARDS,
    namcot_108::BOARDS,
    latches::BOARDS,
    low::BOARDS,
    camerica::BOARDS,
    homebrew::BOARDS,
    taito::BOARDS,
    konami::BOARDS,
    bandai::BOARDS,
    cycle_irqs::BOARDS,
    namco_163::BOARDS,
    nametables::BOARDS,
    one_game::BOARDS,
];

/// All boards.
pub(crate) fn all() -> Vec<Board> {
    FAMILIES.concat()
}

//! Common names of iNES mapper numbers, for messages.
//!
//! A number without a row has no common name; see <https://www.nesdev.org/wiki/List_of_mappers>.

/// The common name of an iNES mapper number, such as `MMC3, TxROM` for 4; `None` if it has none.
pub fn board_name(mapper: u16) -> Option<&'static str> {
    NAMES.binary_search_by_key(&mapper, |row| row.0).ok().map(|i| NAMES[i].1)
}

/// The iNES mapper numbers that machines can run.
pub fn supported_boards() -> &'static [u16] {
    crate::mapper::NUMBERS
}

/// The sound chip of a board, without which machines play; `None` if it has none.
pub fn silent_chip(mapper: u16) -> Option<&'static str> {
    crate::mapper::silent_chip(mapper)
}

#[rustfmt::skip]
const NAMES: &[(u16, &str)] = &[
    (0, "NROM"), (1, "MMC1, SxROM"), (2, "UxROM"), (3, "CNROM"), (4, "MMC3, TxROM"), (5, "MMC5, ExROM"),
    (6, "Front Fareast Magic Card 1M"), (7, "AxROM"), (8, "Front Fareast Magic Card GxROM"), (9, "MMC2, PxROM"),
    (10, "MMC4, FxROM"), (11, "Color Dreams"), (12, "MMC3 clone of Dragon Ball Z 5"), (13, "CPROM"),
    (14, "MMC3 and VRC2 clone SL-1632"), (15, "K-1029 multicart"), (16, "Bandai FCG"),
    (17, "Front Fareast Super Magic Card"), (18, "Jaleco SS 88006"), (19, "Namco 129/163"),
    (20, "Famicom Disk System image in iNES form"), (21, "Konami VRC4a/VRC4c"), (22, "Konami VRC2a"),
    (23, "Konami VRC2b/VRC4e"), (24, "Konami VRC6a"), (25, "Konami VRC4b/VRC4d/VRC2c"), (26, "Konami VRC6b"),
    (28, "Action 53"), (29, "Sealie RET-CUFROM"), (30, "UNROM 512"), (31, "NSF cartridge"), (32, "Irem G-101"),
    (33, "Taito TC0190"), (34, "BNROM, NINA-001"), (35, "J.Y. Company with WRAM"), (36, "TXC 01-22000"),
    (37, "Super Mario Bros. + Tetris + World Cup multicart"), (38, "Bit Corp. Crime Busters"), (40, "NTDEC 2722"),
    (41, "Caltron 6-in-1"), (42, "FDS conversion, Mario Baby"), (43, "TONY-I, YS-612"), (44, "Super Big 7-in-1"),
    (45, "TC3294 multicart"), (46, "Rumble Station"), (47, "Super Spike V'Ball + World Cup multicart"),
    (48, "Taito TC0690"), (49, "Super HIK 4-in-1"), (50, "N-32, Alibaba"), (51, "11-in-1 Ball Games"),
    (52, "Mario Party 7-in-1"), (53, "Supervision 16-in-1"), (56, "Kaiser KS202"), (57, "GK 6-in-1"),
    (58, "GK-192 multicart"), (59, "T3H53"), (60, "Reset-based NROM-128 4-in-1"), (61, "NTDEC 0324"),
    (62, "Super 700-in-1"), (63, "TH2291-3"), (64, "Tengen RAMBO-1"), (65, "Irem H3001"), (66, "GxROM"),
    (67, "Sunsoft-3"), (68, "Sunsoft-4"), (69, "Sunsoft FME-7, 5B"), (70, "Bandai 74161"), (71, "Camerica, Codemasters"),
    (72, "Jaleco JF-17"), (73, "Konami VRC3"), (74, "Waixing MMC3 with CHR RAM 8, 9"), (75, "Konami VRC1"),
    (76, "NAMCOT-3446"), (77, "Irem Napoleon Senki"), (78, "Irem 74HC161, Holy Diver"), (79, "NINA-003, NINA-006"),
    (80, "Taito X1-005"), (81, "NTDEC Super Gun"), (82, "Taito X1-017"), (83, "Cony, Yoko"), (85, "Konami VRC7"),
    (86, "Jaleco JF-13"), (87, "Jaleco J87"), (88, "NAMCOT-3433"), (89, "Sunsoft-2, Tenka no Goikenban"),
    (90, "J.Y. Company"), (91, "J.Y. YY830624C"), (92, "Jaleco JF-19"), (93, "Sunsoft-2"), (94, "UN1ROM"),
    (95, "NAMCOT-3425"), (96, "Oeka Kids"), (97, "Irem TAM-S1"), (99, "Vs. System"), (101, "Jaleco JF-10"),
    (103, "FDS conversion, Doki Doki Panic"), (104, "Codemasters Golden Five"), (105, "NES-EVENT"),
    (106, "Super Mario Bros. 3 pirate"), (107, "Magic Dragon"), (108, "FDS conversion, Bubble Bobble"),
    (111, "Cheapocabra, GTROM"), (112, "NTDEC MMC3 clone"), (113, "NINA-006 multicart"), (114, "SuperGame MMC3"),
    (115, "Kasing MMC3"), (116, "SOMARI-P"), (117, "Future Media"), (118, "TxSROM"), (119, "TQROM"),
    (120, "FDS conversion, Tobidase Daisakusen"), (121, "Kasing A9711"), (123, "Kasing H2288"), (125, "FDS conversion, Monty"),
    (126, "MMC3 multicart"), (132, "TXC 22211"), (133, "Sachen 3009, 72008"), (134, "WX-KB4K"), (136, "Sachen 3011"),
    (137, "Sachen 8259D"), (138, "Sachen 8259B"), (139, "Sachen 8259C"), (140, "Jaleco JF-11, JF-14"),
    (141, "Sachen 8259A"), (142, "Kaiser KS7032"), (143, "Sachen TC-A001"), (144, "AGCI 50282"), (145, "Sachen SA-72007"),
    (146, "NINA-003, Sachen"), (147, "Sachen 3018"), (148, "Sachen SA-008-A"), (149, "Sachen SA-0036"),
    (150, "Sachen SA-015, SA-630"), (151, "Vs. System VRC1"), (152, "Bandai 74161 single-screen"),
    (153, "Bandai LZ93D50 with SRAM"), (154, "NAMCOT-3453"), (155, "MMC1A"), (156, "Daou Infosys"),
    (157, "Bandai Datach"), (158, "Tengen 800037"), (159, "Bandai LZ93D50 with 24C01"), (162, "Waixing FS304"),
    (163, "Nanjing FC-001"), (164, "Dongda PEC-9588"), (165, "Waixing Fire Emblem"), (166, "Subor, Russian"),
    (167, "Subor, Chinese"), (168, "Racermate Challenge II"), (171, "Kaiser KS7058"), (172, "TXC 22211B"),
    (173, "TXC 22211C"), (175, "Kaiser KS7022"), (176, "Waixing 8025"), (177, "Henggedianzi"), (178, "Waixing FS305"),
    (180, "UNROM with inverted banks, Crazy Climber"), (182, "MMC3 with scrambled registers"), (183, "Gimmick pirate"),
    (184, "Sunsoft-1"), (185, "CNROM with copy protection"), (186, "Fukutake StudyBox"), (187, "Kasing A98402"),
    (188, "Bandai Karaoke Studio"), (189, "TXC MMC3"), (190, "Zemina Magic Kid GooGoo"),
    (191, "Waixing MMC3 with CHR RAM 80-FF"), (192, "Waixing MMC3 with CHR RAM 8-B"), (193, "NTDEC TC-112"),
    (194, "Waixing MMC3 with CHR RAM 0, 1"), (195, "Waixing FS303"), (196, "MMC3 pirate with scrambled lines"),
    (200, "Multicart with reset"), (201, "NROM-256 multicart"), (202, "150-in-1"), (203, "35-in-1"),
    (204, "64-in-1"), (205, "JC-016-2"), (206, "DxROM, Namcot 118"), (207, "Taito X1-005 with CIRAM control"),
    (208, "Gouder 37017"), (209, "J.Y. Company with extended mirroring"), (210, "Namco 175/340"),
    (211, "J.Y. Company with extended mirroring"), (212, "BMC Super HiK 300-in-1"), (215, "Sugar Softec 8237"),
    (216, "RCM GS-2015"), (218, "Magic Floor"), (219, "Kasing A9746"), (221, "NTDEC N625092"),
    (222, "Dragon Ninja pirate"), (224, "Jncota KT-008"), (225, "ET-4310, K-1010"), (226, "BMC 76-in-1"),
    (227, "BMC 1200-in-1"), (228, "Active Enterprises"), (229, "BMC 31-in-1"), (230, "BMC 22-in-1"),
    (231, "BMC 20-in-1"), (232, "Camerica BF9096 Quattro"), (233, "BMC 42-in-1"), (234, "Maxi 15, NINA-008"),
    (235, "Golden Game"), (236, "Realtec 8031"), (237, "Teletubbies 420-in-1"), (238, "Contra Fighter"),
    (240, "C&E Sheng Huo Lie Zhuan"), (241, "BxROM with WRAM"), (242, "Waixing 43272"), (243, "Sachen 74LS374N"),
    (244, "C&E Decathlon"), (245, "Waixing MMC3 with extended PRG"), (246, "C&E Feng Shen Bang"), (248, "Kasing SuperGame"),
    (249, "Waixing MMC3 with scrambled banks"), (250, "Nitra MMC3"), (252, "Waixing VRC4 clone"),
    (253, "Waixing VRC4 clone with VRAM"), (254, "Pikachu Y2K"), (255, "110-in-1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_is_found_by_its_number() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(board_name(4), Some("MMC3, TxROM"));
        assert_eq!(board_name(69), Some("Sunsoft FME-7, 5B"));
        assert_eq!(board_name(84), None);
        assert_eq!(board_name(4095), None);
    }
}

//! A program that writes to the PPU too early for an NES.

/// An NROM cartridge whose program waits for one vblank, not two, and then sets the backdrop to white for ever.
pub(crate) fn early() -> Vec<u8> {
    #[rustfmt::skip]
    let code = [
        0x2C, 0x02, 0x20, 0x2C, 0x02, 0x20, 0x10, 0xFB, //       BIT $2002; self: BIT $2002, BPL self
        0xA9, 0x3F, 0x8D, 0x06, 0x20,                   //       LDA #$3F, STA $2006
        0xA9, 0x00, 0x8D, 0x06, 0x20,                   //       LDA #0, STA $2006
        0xA9, 0x30, 0x8D, 0x07, 0x20,                   //       LDA #$30, STA $2007
        0x4C, 0x17, 0xC0,                               //       JMP self
    ];
    let mut prg = vec![0u8; 0x4000];
    prg[..code.len()].copy_from_slice(&code);
    prg[0x3FFA..].copy_from_slice(&[0x00, 0xC0, 0x00, 0xC0, 0x00, 0xC0]);
    [&b"NES\x1A\x01\x01\0\0\0\0\0\0\0\0\0\0"[..], &prg, &[0; 0x2000]].concat()
}

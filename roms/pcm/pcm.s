; Sampled sound through $4011, which the CPU writes itself.
; SPDX-License-Identifier: MIT OR Apache-2.0
;
; NROM-128. A loop of 112 cycles writes one sample of seven bits to the DMC's output level, about
; 266 a frame: a tone of 15,980 Hz / 256 = 62 Hz with its twelfth harmonic. The NMI handler, which
; delays a sample a frame, turns the colour of the backdrop. All tiles are empty: what is measured
; is the sound.

.linecont +
.include "../include/nes.inc"
.include "../include/header.inc"

nes2_header 0, 1, 1, MIRROR_VERTICAL, 0

PALETTE = $3F00

.segment "ZEROPAGE"
played:      .res 2          ; $18  turns of the table played
.assert played = $18, error, "played moved: README names $18"

.segment "CODE"
.include "../include/startup.inc"

.proc main
    lda #>PALETTE
    sta PPUADDR
    lda #<PALETTE
    sta PPUADDR
    lda #$0F
    ldx #32
:   sta PPUDATA
    dex
    bne :-
    lda #0
    sta PPUSCROLL
    sta PPUSCROLL
    lda #CTRL_NMI
    sta PPUCTRL
    lda #MASK_BG
    sta PPUMASK
    ldx #0
play:
    lda wave, x                 ; 4
    sta DMC_RAW                 ; 4
    ldy #19                     ; 2
:   dey
    bne :-                      ; 5 * 19 - 1
    bit temp                    ; 3
    inx                         ; 2
    bne play                    ; 3, the branch is taken
    inc played
    bne play
    inc played + 1
    jmp play
.endproc

.proc nmi
    pha
    lda PPUSTATUS
    lda #>PALETTE
    sta PPUADDR
    lda #<PALETTE
    sta PPUADDR
    lda frame
    lsr a
    lsr a
    and #$3F
    sta PPUDATA
    lda #0
    sta PPUSCROLL
    sta PPUSCROLL
    inc frame
    bne :+
    inc frame + 1
:   pla
    rti
.endproc

.segment "DPCM"                 ; at the start of a page, so that no index crosses into another
wave:
.include "wave.inc"
.assert <wave = 0, lderror, "the table crosses a page"

.segment "CHR0"
    .res $1000

.segment "VECTORS"
    .addr nmi, reset, irq_ignore

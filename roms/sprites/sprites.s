; Sprites and video memory: 64 moving sprites, animation by rewriting CHR RAM, columns
; uploaded while scrolling both ways, and a picture cut in three.
; SPDX-License-Identifier: MIT OR Apache-2.0
;
; UNROM, horizontal mirroring. The sea lives in the left-and-right pair at $2000, 32
; columns used as a ring: column n of the world is written over column n - 32 when it comes
; into sight. The leftmost 8 pixels are switched off, or both would be seen at once. Up and
; down the sea moves by 0 to 31 lines; the bar at the bottom has the nametable at $2800.
;
; A picture:
;
;   from line 0     sky                   scroll set in vblank
;   waterline       sprite 0, line 100-131 as the sea heaves: blue emphasis from here on,
;                   and each line gets a scroll of its own: refraction
;   line 208        rendering off from the end of 207 on, four palette entries rewritten
;   line 209        the bar: address set through $2006; rendering and no emphasis
;
; A vblank: OAM DMA, one column of 30 tiles, 96 bytes of tiles, palette, digits.
;
; Sprites move in three shoals of 21, often more than eight to a line; the order in OAM
; turns a little each frame, so that all of them flicker instead of some vanishing.
; Frames 128-255 of each 512, and while A is held, are shown with 8 x 16 sprites. Left and right on
; the pad change the speed.

.linecont +
.include "../include/nes.inc"
.include "../include/header.inc"
.include "../include/art.inc"

nes2_header 2, 4, 0, MIRROR_HORIZONTAL, CHR_RAM_8K

MASK_SEA   = MASK_BG | MASK_SPR             ; leftmost 8 pixels off
WATERLINE  = 131                            ; in the world; the wave's tiles begin at 128
BAR_LINE   = 209
BAR_PALETTE = $0121300C                     ; four colours, the lowest byte first
SHOAL      = 21
WORLD      = 128                            ; columns
RING_ROWS  = 30

.segment "ZEROPAGE"
splits:      .res 1          ; $18  frames in which sprite 0 was hit, modulo 256
late:        .res 1          ; $19  frames whose work did not get ready: 0
columns:     .res 2          ; $1A  columns uploaded
motion:      .res 2          ; $1C  sum of all sprite positions so far
.assert splits = $18, error, "splits moved: tests and README name $18"
.assert motion = $1C, error, "motion moved"
scroll_x:    .res 2          ; of the world, in pixels
scroll_y:    .res 1
speed:       .res 1
world_column: .res 1         ; the column in the buffer
column_low:  .res 1          ; its PPU address
slot:        .res 1          ; OAM offset of the next sprite
first_slot:  .res 1
tall:        .res 1          ; 1 in 8 x 16 mode: tile pairs are chosen by odd numbers
moving_at:   .res 1          ; offsets into the frames
jelly_at:    .res 1
ptr:         .res 2
lines:       .res 1
fraction:    .res 1
pos_x:       .res 1
pos_y:       .res 1
digits:      .res 5

.segment "BSS"
column:      .res RING_ROWS

.segment "CODE"
.include "../include/startup.inc"
.include "tiles.inc"

.segment "CODE"

; A bank is chosen by a write to any ROM address. On this board ROM answers at the same
; time, so the byte there must be the same one.
.macro select_bank number
    lda #number
    sta bank_numbers + number
.endmacro

.proc main
    jsr fill_chr_ram
    jsr draw_screen
    select_bank 1
    lda #2
    sta speed
    lda #4
    sta first_slot
    lda #CTRL_NMI | CTRL_SPR_1000
    sta ctrl
    lda #MASK_SEA
    sta mask
    jsr place_marker
    jsr prepare
    lda #1
    sta frame_ready
    lda ctrl
    sta PPUCTRL

forever:
    lda frame_done
    beq :+
    inc late
:   jsr wait_frame
    jsr read_pad
    jsr prepare
    jsr split_screen
    jmp forever
.endproc

; Everything for the next vblank.
.proc prepare
    jsr move_sea
    jsr choose_size
    jsr next_column
    jsr swim
    jsr place_marker
    jmp count_frame
.endproc

; ---- vblank: about 1,950 of 2,273 cycles
.proc nmi
    pha
    txa
    pha
    tya
    pha
    inc frame
    bne :+
    inc frame + 1
:   lda frame_ready
    bne :+
    jmp not_ready
:   dec frame_ready
    lda #0
    sta OAMADDR
    lda #>shadow_oam
    sta OAMDMA
    bit PPUSTATUS

    lda #CTRL_INC_32            ; a column downwards
    sta PPUCTRL
    lda #$20
    sta PPUADDR
    lda column_low
    sta PPUADDR
    .repeat ::RING_ROWS, n
        lda column + n
        sta PPUDATA
    .endrepeat

    lda #0                      ; tiles: 64 bytes of background, 32 of sprites
    sta PPUCTRL
    lda #>(TILE_MOVING * 16)
    sta PPUADDR
    lda #<(TILE_MOVING * 16)
    sta PPUADDR
    ldx moving_at
    .repeat 64, n
        lda moving_frames + n, x
        sta PPUDATA
    .endrepeat
    lda #>($1000 + SPR_JELLY * 16)
    sta PPUADDR
    lda #<($1000 + SPR_JELLY * 16)
    sta PPUADDR
    ldx jelly_at
    .repeat 32, n
        lda jelly_frames + n, x
        sta PPUDATA
    .endrepeat

    lda #$3F                    ; the sky's palette, which the bar overwrote
    sta PPUADDR
    lda #$00
    sta PPUADDR
    .repeat 4, n
        lda palettes + n
        sta PPUDATA
    .endrepeat
    lda #>BAR_DIGITS
    sta PPUADDR
    lda #<BAR_DIGITS
    sta PPUADDR
    .repeat 5, n
        lda digits + n
        sta PPUDATA
    .endrepeat

not_ready:
    lda scroll_x
    sta PPUSCROLL
    lda scroll_y
    sta PPUSCROLL
    lda ctrl
    sta PPUCTRL
    lda mask
    sta PPUMASK
    lda #1
    sta frame_done
    pla
    tay
    pla
    tax
    pla
    rti
.endproc

; ---- the two cuts
.proc split_screen
    lda #BAR_LINE - 3 - WATERLINE  ; how many lines are refracted
    clc
    adc scroll_y
    sta lines
    lda frame                   ; the refraction's phase
    lsr a
    and #%00111111
    tax
:   bit PPUSTATUS               ; the last picture's flag
    bvc :+
    lda frame_done
    beq :-
    rts
:   .repeat 8                   ; polls 6 cycles apart: what follows is timed
        bit PPUSTATUS
        bvs hit
    .endrepeat
    lda frame_done
    beq :-
    rts
hit:
    lda #MASK_SEA | MASK_BLUE
    sta PPUMASK                 ; sprite 0 is near the right edge: this is the end of its line
    inc splits
    ldy lines
    lda #10                     ; from the end of the line to shortly before the next one's
:   sec
    sbc #1
    bne :-
    nop

    ; One line, 113 2/3 cycles: `fraction` gathers the thirds, and a carry takes the branch,
    ; which costs a cycle more. The write comes shortly before dot 257, where the PPU takes
    ; over the coarse position; fine X counts at once, but only at the right edge is there
    ; anything left to draw.
line:
    lda refraction, x           ; 4
    clc                         ; 2
    adc scroll_x                ; 3
    sta PPUSCROLL               ; 4
    sta PPUSCROLL               ; 4  vertical: replaced by the bar's address
    inx                         ; 2
    lda fraction                ; 3
    clc                         ; 2
    adc #$AA                    ; 2
    sta fraction                ; 3
    bcs :+                      ; 2 or 3
:   lda #10                     ; 2
:   sec                         ; 10 x 7 - 1
    sbc #1
    bne :-
    nop                         ; 2
    nop                         ; 2
    nop                         ; 2
    dey                         ; 2
    bne line                    ; 3
end:
.assert >line = >end, error, "the refraction crosses a page: its timing is off"

    ; The bar. Palette memory can only be written with rendering off: from the end of line
    ; 207 to the end of 208. Meanwhile the PPU draws the colour at palette 0, or, while its
    ; address points into palette memory, the colour there: writes show as short dashes at
    ; the left.
    lda #3
:   sec
    sbc #1
    bne :-
    lda #0
    sta PPUMASK
    lda #$3F
    sta PPUADDR
    lda #$00
    sta PPUADDR
    .repeat 4, n
        lda #.lobyte(BAR_PALETTE >> (8 * n))
        sta PPUDATA
    .endrepeat
    ; $0800 is the nametable at $2800 with fine Y 0: bits 12 and 13 of a PPU address are
    ; the low bits of fine Y.
    lda #0
    sta PPUSCROLL               ; fine X
    bit PPUSTATUS               ; the next write is a first one again
    ldx #$08
    stx PPUADDR
    sta PPUADDR
    lda #7
:   sec
    sbc #1
    bne :-
    ldx #MASK_BG | MASK_BG_LEFT ; no sprites down here
    stx PPUMASK                 ; before dot 320 fetches line 209's first tiles
    rts
.endproc

; ---- logic

.proc move_sea
    lda pad
    and #PAD_RIGHT
    beq :+
    lda #3
    sta speed
:   lda pad
    and #PAD_LEFT
    beq :+
    lda #1
    sta speed
:   lda scroll_x
    clc
    adc speed
    sta scroll_x
    bcc :+
    inc scroll_x + 1
:   lda frame                   ; up and down: 16 +- 15 lines
    lsr a
    lda frame + 1
    and #1
    lsr a
    lda frame
    ror a
    tay
    lda sine, y
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    clc
    adc #16
    sta scroll_y
    rts
.endproc

.proc choose_size
    lda frame + 1
    lsr a
    bcs small
    lda frame
    bmi large
small:
    lda pad
    and #PAD_A
    bne large
    lda #0
    sta tall
    lda #CTRL_NMI | CTRL_SPR_1000
    sta ctrl
    rts
large:
    lda #1
    sta tall
    lda #CTRL_NMI | CTRL_SPR_1000 | CTRL_SPR_8x16
    sta ctrl
    rts
.endproc

; The column that comes into sight at the right: 32 columns after the leftmost one that is
; drawn. Its place in the world is the number modulo 128, in the nametable modulo 32.
.proc next_column
    lda scroll_x + 1
    sta temp
    lda scroll_x
    lsr temp                    ; pixels / 8
    ror a
    lsr temp
    ror a
    lsr temp
    ror a
    clc
    adc #32
    and #WORLD - 1
    sta world_column
    and #31
    sta column_low
    inc columns
    bne :+
    inc columns + 1
:
.endproc                        ; falls through

; Copies `world_column` of the map into the buffer.
.proc copy_column
    lda #<world
    clc
    adc world_column
    sta ptr
    lda #>world
    adc #0
    sta ptr + 1
    ldy #0
    ldx #0
:   lda (ptr), y
    sta column, x
    tya                         ; a row further: 128
    eor #$80
    tay
    bne :+
    inc ptr + 1
:   inx
    cpx #RING_ROWS
    bne :--
    lda frame                   ; animation
    lsr a
    lsr a
    lsr a
    pha
    and #%00000011
    tax
    lda times_64, x
    sta moving_at
    pla
    lsr a
    and #%00000111
    tax
    lda jelly_order, x
    sta jelly_at
    rts
.endproc

; Three shoals.
.proc swim
    lda first_slot
    sta slot
    clc
    adc #4 * 26                 ; 26 and 63 share no factor: every sprite is first sometime
    bcc :+
    adc #3                      ; carry is set: + 4 jumps over sprite 0
:   cmp #4
    bcs :+
    adc #4
:   sta first_slot
    lda scroll_y                ; fish and jellyfish heave with the sea
    sta temp

    lda frame                   ; gulls: one long line in the sky
    sta pos_x
    asl a
    sta temp + 1
    ldx #SHOAL - 1
gull:
    ldy temp + 1
    lda sine, y
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    clc
    adc #40
    sta pos_y
    lda #SPR_GULL
    ldy #0
    jsr put_sprite
    lda pos_x
    clc
    adc #12
    sta pos_x
    lda temp + 1
    adc #9                      ; carry does no harm
    sta temp + 1
    dex
    bpl gull

    lda frame                   ; fish: against the gulls, under water
    eor #$FF
    sta pos_x
    lda frame
    sta temp + 1
    ldx #SHOAL - 1
fish:
    ldy temp + 1
    lda sine, y
    cmp #$80
    ror a
    cmp #$80
    ror a
    clc
    adc #186
    sec
    sbc temp
    sta pos_y
    lda #SPR_FISH
    ldy #1
    jsr put_sprite
    lda pos_x
    sec
    sbc #12
    sta pos_x
    lda temp + 1
    clc
    adc #20
    sta temp + 1
    dex
    bpl fish

    lda frame                   ; jellyfish: a wheel through the waterline
    lsr a
    sta temp + 1
    ldx #SHOAL - 1
jelly:
    lda temp + 1
    tay
    lda sine, y
    cmp #$80
    ror a
    sta pos_x
    cmp #$80
    ror a
    clc
    adc pos_x
    clc
    adc #124
    sta pos_x
    tya
    clc
    adc #64
    tay
    lda sine, y
    cmp #$80
    ror a
    clc
    adc #138
    sec
    sbc temp
    sta pos_y
    lda #SPR_JELLY
    ldy #2
    jsr put_sprite
    lda temp + 1
    clc
    adc #12
    sta temp + 1
    dex
    bpl jelly
    rts
.endproc

; A = tile, Y = attributes, at pos_x, pos_y. Keeps X.
.proc put_sprite
    stx temp + 2
    ldx slot
    ora tall
    sta shadow_oam + 1, x
    tya
    sta shadow_oam + 2, x
    lda pos_y
    sta shadow_oam, x
    clc
    adc motion
    sta motion
    bcc :+
    inc motion + 1
:   lda pos_x
    sta shadow_oam + 3, x
    clc
    adc motion
    sta motion
    bcc :+
    inc motion + 1
:   inx
    inx
    inx
    inx
    bne :+
    ldx #4                      ; sprite 0 stays out of it
:   stx slot
    ldx temp + 2
    rts
.endproc

; Sprite 0: invisible behind the waterline, at the right edge so that its flag comes at
; the end of a line. Not further right: dot 255 never hits.
.proc place_marker
    lda #WATERLINE - 1
    sec
    sbc scroll_y
    sta shadow_oam
    lda tall
    sta shadow_oam + 1          ; SPR_MARKER or its pair
    lda #%00100000
    sta shadow_oam + 2
    lda #246
    sta shadow_oam + 3
    rts
.endproc

.proc count_frame
    ldx #4
:   inc digits, x
    lda digits, x
    cmp #'9' - ' ' + 1
    bcc done
    lda #'0' - ' '
    sta digits, x
    dex
    bpl :-
done:
    rts
.endproc

; ---- once, rendering off

.proc fill_chr_ram
    select_bank 0
    bit PPUSTATUS
    lda #0
    sta PPUADDR
    sta PPUADDR
    tay
    sta ptr
    lda #>pattern_tables
    sta ptr + 1
    ldx #32                     ; 8 KiB in pages
:   lda (ptr), y
    sta PPUDATA
    iny
    bne :-
    inc ptr + 1
    dex
    bne :-
    rts
.endproc

BAR_TEXT   = $2800 + 32 + 2
BAR_DIGITS = $2800 + 2 * 32 + 25

.proc draw_screen
    lda #'0' - ' '
    ldx #4
:   sta digits, x
    dex
    bpl :-
    lda #$3F
    sta PPUADDR
    ldx #0
    stx PPUADDR
:   lda palettes, x
    sta PPUDATA
    inx
    cpx #32
    bne :-

    select_bank 1               ; columns 0 to 31 of the world
    lda #CTRL_INC_32
    sta PPUCTRL
    lda #31
    sta world_column
next:
    jsr copy_column
    lda #$20
    sta PPUADDR
    lda world_column
    sta PPUADDR
    ldx #0
:   lda column, x
    sta PPUDATA
    inx
    cpx #RING_ROWS
    bne :-
    dec world_column
    bpl next
    lda #0
    sta PPUCTRL
    lda #$23
    sta PPUADDR
    lda #$C0
    sta PPUADDR
    ldx #0
:   txa
    lsr a
    lsr a
    lsr a
    tay
    lda attribute_rows, y
    sta PPUDATA
    inx
    cpx #64
    bne :-

    lda #$28                    ; the bar: an edge, two lines of text, palette 0
    sta PPUADDR
    lda #$00
    sta PPUADDR
    ldx #32
    lda #TILE_BAR
:   sta PPUDATA
    dex
    bne :-
    ldx #0
:   lda bar_text, x
    sta PPUDATA
    inx
    cpx #64
    bne :-
    lda #0
    ldx #4
    ldy #96                     ; 1,024 - 96, roughly: the last pass may run over
:   sta PPUDATA
    iny
    bne :-
    dex
    bne :-
    rts
.endproc

.segment "RODATA"
.align 256
refraction:                     ; 64 lines a wave, and 128 more for any phase
    .repeat 24
        .byte 0, 0, 1, 2, 2, 2, 1, 0
    .endrepeat
.assert <refraction = 0, error, "refraction would cost a cycle more in some lines"
sine:
.include "../include/sine.inc"
bank_numbers:
    .byte 0, 1, 2, 3
times_64:
    .byte 0, 64, 128, 192
jelly_order:
    .byte 0, 0, 32, 64, 96, 96, 64, 32
palettes:
    .byte $0F, $21, $30, $31    ; sky: # sky, o cloud, : its shadow
    .byte $0F, $21, $19, $36    ; islands: # sky, o green, : haze
    .byte $0F, $11, $30, $36    ; water: # water, o foam, : haze
    .byte $0F, $11, $29, $27    ; seabed: # water, o kelp and sand, : coral
    .byte $0F, $30, $10, $00    ; gulls
    .byte $0F, $27, $16, $0F    ; fish
    .byte $0F, $34, $24, $14    ; jellyfish
    .byte $0F, $30, $10, $00
attribute_rows:
    .byte %00000000, %00000000, %00000000   ; rows 0-11 sky
    .byte %01010101                         ; 12-15 islands
    .byte %10101010, %10101010              ; 16-23 water
    .byte %11111111, %11111111              ; 24-29 seabed

font_text
bar_text:
    .byte "  RICOJIT SPRITES     UNROM     "
    .byte "  64 SPRITES  CHR RAM    00000  "
plain_text

; The world: 30 rows of 128 columns.
.segment "BANK1"
    .charmap ' ', TILE_SKY
    .charmap 'a', TILE_SKY + 1
    .charmap 'b', TILE_SKY + 2
    .charmap 'c', TILE_SKY + 3
    .charmap 'd', TILE_SKY + 4
    .charmap 'e', TILE_SKY + 5
    .charmap 'f', TILE_SKY + 6
    .charmap '1', TILE_SKY + 7
    .charmap '2', TILE_SKY + 8
    .charmap '3', TILE_SKY + 9
    .charmap 'l', TILE_ISLAND
    .charmap 'm', TILE_ISLAND + 1
    .charmap 'n', TILE_ISLAND + 2
    .charmap '|', TILE_ISLAND + 3
    .charmap '(', TILE_ISLAND + 4
    .charmap '=', TILE_ISLAND + 5
    .charmap ')', TILE_ISLAND + 6
    .charmap '.', TILE_SEABED
    .charmap 'S', TILE_SEABED + 1
    .charmap 'y', TILE_SEABED + 2
    .charmap 'Q', TILE_SEABED + 3
    .charmap 'R', TILE_SEABED + 4
    .charmap 'w', TILE_MOVING
    .charmap 'v', TILE_MOVING + 1
    .charmap 'K', TILE_MOVING + 2
    .charmap 'Y', TILE_MOVING + 3
world:
    .byte "                                                                                                                                "
    .byte "                                                                                                                                "
    .byte "    abbc                                            abbbc                                    abbc                               "
    .byte "    deef                         abc                deeef                                    deef                       abc     "
    .byte "                                 def                                      abbc                                          def     "
    .byte "                  abbbc                                                   deef                          abc                     "
    .byte "                  deeef                                        abc                                      def                     "
    .byte "                                                               def                                              abbbc           "
    .byte "                                         abbc                                       abbbc                       deeef           "
    .byte "                                         deef                                       deeef                                       "
    .byte "                                                                                                                                "
    .byte "                                                                                                                                "
    .byte "11111111111lmn1111111111111111111111111lmn1lmn111111111111111111111111lmn111111111111111111111lmn11111111111111111111lmn11111111"
    .byte "222222222222|222222222222222222222222222|222|22222222222222222222222222|22222222222222222222222|2222222222222222222222|222222222"
    .byte "333333333333|333333333333333333333333333|333|33333333333333333333333333|33333333333333333333333|3333333333333333333333|333333333"
    .byte "333333333(=====)333333333333333333333(=========)333333333333333333333(====)3333333333333333(========)33333333333333(=====)333333"
    .byte "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
    .byte "v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v."
    .byte "...v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v..."
    .byte ".v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v"
    .byte "..v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v...."
    .byte "v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v."
    .byte ".v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v"
    .byte "....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v....v.v.."
    .byte "................................................................................................................................"
    .byte ".....Y.Yy.y..K.....KK.y.Q.Q..............K......................................................K..............................."
    .byte "..K..SSSSSSS.Y...QKYY.SSS.S...........KQyYy..............K................K.KK.................yY..........K......K............."
    .byte "K.YySSSSSSSSSSSSySYSSSSSSSSS..K...KK..YSSSS..KK.y....yyK.YK.KK..K.K.K.K.K.Y.YYKK........KK...Q.SSSSSQyQy...YKK.KySYK.K......y..."
    .byte "YSSSSSSSSSSSSSSSSSSSSSSSSSSSS.YQS.YY.SSSSSSS.YYQS...QSSY.SYyYYQyY.Y.YQY.YQSSSSYYyQy.QQ..YYR.SSSSSSSSSSSS..SSYYRYSSSY.YQ.ySSSS.y."
    .byte "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS"
plain_text
.assert <world = 0, error, "copy_column expects the map at the start of a page"

.segment "VECTORS"
    .addr nmi, reset, irq_ignore

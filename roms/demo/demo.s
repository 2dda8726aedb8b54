; Ricojit's demo: the first thing everybody sees, and hears.
; SPDX-License-Identifier: MIT OR Apache-2.0
;
; NROM-128, vertical mirroring. The picture, from top to bottom:
;
;   lines   0- 79   title and status lines, never scrolled
;   lines  80- 87   a bar; sprite 0 lies behind it and is hit in line 83
;   lines  88-143   stars, moon, mountains   scroll at 1/4 of the ground's speed
;   lines 144-183   hills                    at 1/2
;   lines 184-239   meadow                   1 pixel a frame
;
; One frame:
;
;   NMI   (vblank) OAM DMA, palette, digits, scroll of the title; then the music
;   main  pad and moves, shadow OAM; waits for sprite 0; two timed waits for the other
;         layers; waits for the NMI
;
; The D-pad moves the robot, A jumps, B throws a spark and shifts the hue of the title.

.linecont +
.include "../include/nes.inc"
.include "../include/header.inc"
.include "../include/art.inc"

nes2_header 0, 1, 1, MIRROR_VERTICAL, 0

.include "tiles.inc"
.include "music.inc"

; ---- sprite slots: fixed, so that no list has to be kept
SLOT_MARKER  = 0
SLOT_ROBOT   = 1
SLOT_SPARKS  = 7
SLOT_BIRDS   = 10
SLOT_ORBS    = 14
SLOT_FLIES   = 30
SLOT_STARS   = 38
SPARKS  = 3
ORBS    = 16
FLIES   = 8
STARS   = 8

SPR_PAL_ROBOT  = 0
SPR_PAL_WARM   = 1
SPR_PAL_COLD   = 2
SPR_PAL_LIGHT  = 3
SPR_BEHIND     = %00100000   ; behind the background
SPR_FLIP_X     = %01000000

BAR_ROW    = 10
MARKER_Y   = 82              ; OAM holds Y - 1: the marker starts in line 83
LANE_FAR   = 172             ; top of the robot at the far edge of the meadow
LANE_NEAR  = 202

.segment "ZEROPAGE"
world:       .res 2          ; pixels the ground has moved; hills world / 2, mountains world / 4
robot_x:     .res 1
robot_lane:  .res 1          ; y of the robot's top while it stands
robot_z:     .res 2          ; height of the jump, 8.8 fixed point, fraction first
robot_v:     .res 2          ; its speed upward, 8.8
robot_left:  .res 1          ; SPR_FLIP_X while it looks left
hue:         .res 1          ; 0-11
flash:       .res 1          ; frames the title stays white
sparks_hit:  .res 1          ; sparks thrown, two BCD digits
splits:      .res 1          ; frames in which sprite 0 was really hit, modulo 256
phase:       .res 1
spark_x:     .res SPARKS     ; 0 = free
spark_y:     .res SPARKS
digits:      .res 5          ; `frame` in decimal, most significant first

.segment "BSS"
palette:     .res 32

.segment "CODE"
.include "../include/startup.inc"

.proc main
    jsr draw_screen
    ldx #31
:   lda first_palette, x
    sta palette, x
    dex
    bpl :-
    lda #64
    sta robot_x
    lda #190
    sta robot_lane
    jsr place_fixed_sprites
    lda #CTRL_NMI | CTRL_SPR_1000
    sta ctrl
    lda #MASK_ALL
    sta mask
    lda ctrl
    sta PPUCTRL                 ; the PPU is in vblank or NMI comes with the next one

forever:
    jsr wait_frame
    jsr read_pad
    jsr count_frame
    jsr move_robot
    jsr move_sparks
    jsr cycle_colours
    jsr draw_robot
    jsr draw_sparks
    jsr draw_orbs
    jsr draw_flies
    jsr draw_birds
    jsr draw_stars
    inc world
    bne :+
    inc world + 1
:   jsr split_screen
    jmp forever
.endproc

; ---- once a frame, in vblank: about 1,300 of the 2,273 cycles before the picture starts
.proc nmi
    pha
    txa
    pha
    tya
    pha
    lda frame_ready
    beq late                    ; the buffers are half written: show the last ones again
    dec frame_ready
    lda #0
    sta OAMADDR
    lda #>shadow_oam
    sta OAMDMA                  ; 513 or 514 cycles
    bit PPUSTATUS               ; the next PPUADDR write is the high one
    lda #$3F
    sta PPUADDR
    ldx #0
    stx PPUADDR
:   lda palette, x
    sta PPUDATA
    inx
    cpx #32
    bne :-
    lda #>(STATUS_DIGITS)
    sta PPUADDR
    lda #<(STATUS_DIGITS)
    sta PPUADDR
    ldx #0
:   lda digits, x
    clc
    adc #'0' - ' '
    sta PPUDATA
    inx
    cpx #5
    bne :-
    lda #>(STATUS_SPARKS)
    sta PPUADDR
    lda #<(STATUS_SPARKS)
    sta PPUADDR
    lda sparks_hit
    lsr a
    lsr a
    lsr a
    lsr a
    clc
    adc #'0' - ' '
    sta PPUDATA
    lda sparks_hit
    and #$0F
    clc
    adc #'0' - ' '
    sta PPUDATA
    lda mask
    sta PPUMASK
late:
    bit PPUSTATUS
    lda #0
    sta PPUSCROLL
    sta PPUSCROLL
    lda ctrl                    ; after PPUADDR, which overwrote the nametable bits
    sta PPUCTRL
    inc frame
    bne :+
    inc frame + 1
:   jsr music_tick
    lda #1
    sta frame_done
    pla
    tay
    pla
    tax
    pla
    rti
.endproc

; ---- the three layers below the bar
;
; The scroll registers are reloaded from their temporary copy at dot 257 of each line, so
; writes anywhere in a line move the next one. Layers meet where both show the same flat
; colour for several lines: a few dots of error in the timed waits are invisible.
; https://www.nesdev.org/wiki/PPU_scrolling
.proc split_screen
    ; The flag of the last picture stays up until the line before the first: wait it away.
    ; If sprite 0 were never hit, `frame_done` ends the wait instead.
:   bit PPUSTATUS
    bvc :+
    lda frame_done
    beq :-
    rts
:   bit PPUSTATUS
    bvs hit
    lda frame_done
    beq :-
    rts
hit:
    inc splits
    lda world + 1
    lsr a
    sta temp + 1
    lda world
    ror a
    sta temp                    ; temp = world / 2: hills
    lda temp + 1
    lsr a
    tay
    lda temp
    ror a
    jsr set_layer               ; Y, A = world / 4: mountains
    lda #63
    jsr wait_lines
    ldy temp + 1
    lda temp
    jsr set_layer
    lda #39
    jsr wait_lines
    ldy world + 1
    lda world
.endproc                        ; falls through

; Y, A = how far this layer has moved; nine bits of it matter.
.proc set_layer
    sta PPUSCROLL
    sta PPUSCROLL               ; vertical: not looked at before the next picture
    tya
    and #CTRL_NT_X
    ora ctrl
    sta PPUCTRL
    rts
.endproc

; Waits A lines. A line takes 113 2/3 cycles; this loop takes 114 as long as no branch in
; it crosses a page.
.proc wait_lines
line:
    ldx #20                     ; 2
:   dex                         ; 20 x 5 - 1
    bne :-
    nop                         ; 2
    nop                         ; 2
    nop                         ; 2
    sec                         ; 2
    sbc #1                      ; 2
    bne line                    ; 3
    rts
end:
.assert >line = >end, error, "wait_lines crosses a page: its timing is off"
.endproc

; ---- moves

.proc count_frame
    ldx #4
:   inc digits, x
    lda digits, x
    cmp #10
    bcc done
    lda #0
    sta digits, x
    dex
    bpl :-
done:
    inc phase
    rts
.endproc

.proc move_robot
    lda pad
    and #PAD_RIGHT
    beq :+
    lda #0
    sta robot_left
    lda robot_x
    cmp #228
    bcs :+
    adc #2
    sta robot_x
:   lda pad
    and #PAD_LEFT
    beq :+
    lda #SPR_FLIP_X
    sta robot_left
    lda robot_x
    cmp #14
    bcc :+
    sbc #2
    sta robot_x
:   lda pad
    and #PAD_UP
    beq :+
    lda robot_lane
    cmp #LANE_FAR + 1
    bcc :+
    dec robot_lane
:   lda pad
    and #PAD_DOWN
    beq :+
    lda robot_lane
    cmp #LANE_NEAR
    bcs :+
    inc robot_lane

:   lda robot_z
    ora robot_z + 1
    ora robot_v + 1
    bne flying
    lda pad_new
    and #PAD_A
    beq landed
    lda #4
    sta robot_v + 1             ; 4.5 pixels a frame upward
    lda #$80
    sta robot_v
flying:
    clc
    lda robot_z
    adc robot_v
    sta robot_z
    lda robot_z + 1
    adc robot_v + 1
    sta robot_z + 1
    bpl :+
    lda #0                      ; below the ground: stand on it
    sta robot_z
    sta robot_z + 1
    sta robot_v
    sta robot_v + 1
    rts
:   sec
    lda robot_v
    sbc #$30                    ; gravity: 3/16 pixel a frame, each frame
    sta robot_v
    bcs landed
    dec robot_v + 1
landed:
    rts
.endproc

.proc move_sparks
    ldx #SPARKS - 1
:   lda spark_x, x
    beq :+
    clc
    adc #4
    sta spark_x, x
    cmp #248
    bcc :+
    lda #0
    sta spark_x, x
:   dex
    bpl :--
    lda pad_new
    and #PAD_B
    beq none
    ldx #SPARKS - 1
:   lda spark_x, x
    beq free
    dex
    bpl :-
none:
    rts
free:
    lda robot_x
    clc
    adc #12
    sta spark_x, x
    lda robot_lane
    sec
    sbc robot_z + 1
    clc
    adc #6
    sta spark_y, x
    lda #6
    sta flash
    lda sparks_hit
    clc
    adc #1
    sta sparks_hit
    and #$0F
    cmp #10
    bcc next_hue
    lda sparks_hit
    adc #5                      ; carry is set: + 6 skips $A-$F
    cmp #$A0
    bcc :+
    lda #0
:   sta sparks_hit
.endproc                        ; falls through

.proc next_hue
    ldx hue
    inx
    cpx #12
    bcc :+
    ldx #0
:   stx hue
    rts
.endproc

; Palette cycling. A colour is brightness (bits 5-4) and hue (bits 3-0, of which $1-$C are
; colours): equal hues of three brightnesses always look like one lit material.
; https://www.nesdev.org/wiki/PPU_palettes
.proc cycle_colours
    lda frame
    and #%00001111
    bne :+
    jsr next_hue
:   ldx hue
    inx
    txa                         ; 1-12
    ora #$00
    sta palette + 3
    ora #$10
    sta palette + 2
    ora #$30
    sta palette + 1
    lda flash
    beq :+
    dec flash
    lda #$30
    sta palette + 2
:   lda palette + 2
    sta palette + $10 + SPR_PAL_WARM * 4 + 2
    lda palette + 3
    sta palette + $10 + SPR_PAL_WARM * 4 + 3
    lda hue                     ; the other orbs take the opposite hue
    clc
    adc #6
    cmp #12
    bcc :+
    sbc #12
:   tax
    inx
    txa
    sta palette + $10 + SPR_PAL_COLD * 4 + 3
    ora #$20
    sta palette + $10 + SPR_PAL_COLD * 4 + 2

    lda frame                   ; the glow behind the mountains breathes
    lsr a
    lsr a
    lsr a
    lsr a
    and #%00000111
    tax
    lda glow, x
    sta palette + 2 * 4 + 2
    rts
.endproc

; ---- sprites

; X = offset of a slot in the shadow OAM.
.macro slot_x number
    ldx #(number) * 4
.endmacro

.proc place_fixed_sprites
    lda #MARKER_Y
    sta shadow_oam + SLOT_MARKER * 4
    lda #SPR_MARKER
    sta shadow_oam + SLOT_MARKER * 4 + 1
    lda #SPR_BEHIND
    sta shadow_oam + SLOT_MARKER * 4 + 2
    lda #240                    ; far right: the flag comes near the end of the line
    sta shadow_oam + SLOT_MARKER * 4 + 3
    ldy #STARS - 1
    slot_x SLOT_STARS
:   lda star_y, y
    sta shadow_oam, x
    lda #SPR_PAL_LIGHT | SPR_BEHIND
    sta shadow_oam + 2, x
    lda star_x, y
    sta shadow_oam + 3, x
    inx
    inx
    inx
    inx
    dey
    bpl :-
    rts
.endproc

.proc draw_stars
    slot_x SLOT_STARS
    ldy #STARS - 1
star:
    tya                         ; each star is 5 steps of 4 frames behind the next
    asl a
    asl a
    sty temp
    adc temp
    asl a
    asl a
    clc
    adc phase
    lsr a
    lsr a
    and #%00011111
    sty temp
    tay
    lda twinkle, y
    sta shadow_oam + 1, x
    ldy temp
    inx
    inx
    inx
    inx
    dey
    bpl star
    rts
.endproc

; The robot: two rows of two tiles and a row of legs. Looking left swaps the columns.
.proc draw_robot
    lda robot_lane
    sec
    sbc robot_z + 1
    sta temp                    ; top
    lda robot_z + 1
    bne jumping
    lda pad                     ; legs: even steps stand, odd steps take turns
    and #PAD_UP | PAD_DOWN | PAD_LEFT | PAD_RIGHT
    cmp #1                      ; C: hurry
    lda phase
    bcs :+
    lsr a
:   lsr a
    lsr a
    and #%00000011
    tay
    lda legs, y
    bne legs_known              ; never 0
jumping:
    lda #SPR_LEGS + 6
legs_known:
    sta temp + 1
    slot_x SLOT_ROBOT
    ldy #0
part:
    lda robot_dy, y
    clc
    adc temp
    sta shadow_oam, x
    lda robot_tile, y
    cpy #4
    bcc :+
    adc temp + 1                ; carry is set: the table is one less
:   sta shadow_oam + 1, x
    lda robot_left
    sta shadow_oam + 2, x       ; palette 0
    tya
    and #1
    bit robot_left
    bvc :+
    eor #1
:   asl a
    asl a
    asl a
    adc robot_x                 ; carry is clear
    sta shadow_oam + 3, x
    inx
    inx
    inx
    inx
    iny
    cpy #6
    bne part
    rts
.endproc

.proc draw_sparks
    slot_x SLOT_SPARKS
    ldy #0
spark:
    lda spark_x, y
    bne :+
    lda #$FF                    ; free: below the picture
    sta shadow_oam, x
    bne next
:   sta shadow_oam + 3, x
    lda spark_y, y
    sta shadow_oam, x
    lda phase
    lsr a
    lsr a
    and #1
    clc
    adc #SPR_SPARK
    sta shadow_oam + 1, x
    lda #SPR_PAL_LIGHT
    sta shadow_oam + 2, x
next:
    inx
    inx
    inx
    inx
    iny
    cpy #SPARKS
    bne spark
    rts
.endproc

; A garland of orbs on two sines. temp: angle of the wave, temp + 1: x, temp + 2: orb
.proc draw_orbs
    lda phase
    asl a
    sta temp
    lda #8
    sta temp + 1
    lda #ORBS - 1
    sta temp + 2
    slot_x SLOT_ORBS
orb:
    ldy temp
    lda sine, y                 ; / 8: +-16 pixels
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    clc
    adc #120
    sta temp + 3
    lda temp                    ; a slower, longer wave on top
    lsr a
    adc phase
    tay
    lda sine, y
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    clc
    adc temp + 3
    sta shadow_oam, x
    lda temp                    ; size: small at one side of the wave, large at the other
    lsr a
    lsr a
    lsr a
    lsr a
    and #%00001111
    tay
    lda orb_size, y
    sta shadow_oam + 1, x
    lda temp + 2
    and #1
    clc
    adc #SPR_PAL_WARM
    sta shadow_oam + 2, x
    lda temp + 1
    sta shadow_oam + 3, x
    clc
    adc #15
    sta temp + 1
    lda temp
    clc
    adc #20
    sta temp
    inx
    inx
    inx
    inx
    dec temp + 2
    bpl orb
    rts
.endproc

; Fireflies over the hills, each on its own small ellipse, drifting with the hills.
.proc draw_flies
    slot_x SLOT_FLIES
    ldy #FLIES - 1
fly:
    sty temp
    tya                         ; angle = 32 fly + phase
    asl a
    asl a
    asl a
    asl a
    asl a
    clc
    adc phase
    sta temp + 1
    asl a
    tay
    lda sine, y
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    ldy temp
    clc
    adc fly_y, y
    sta shadow_oam, x
    lda temp + 1
    tay
    lda sine, y
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    ldy temp
    clc
    adc fly_x, y
    sta shadow_oam + 3, x
    lda temp + 1
    lsr a
    lsr a
    lsr a
    and #%00011111
    tay
    lda twinkle, y
    sta shadow_oam + 1, x
    lda #SPR_PAL_LIGHT
    sta shadow_oam + 2, x
    ldy temp
    inx
    inx
    inx
    inx
    dey
    bpl fly
    rts
.endproc

; Two birds cross the sky from right to left.
.proc draw_birds
    slot_x SLOT_BIRDS
    lda phase
    lsr a
    lsr a
    lsr a
    and #1
    asl a
    adc #SPR_BIRD               ; carry is clear
    sta temp + 1
    lda phase
    eor #$FF
    sta temp                    ; x
    tay
    lda sine, y
    jsr bird
    lda temp
    clc
    adc #100
    sta temp
    lda temp + 1                ; the second one flaps against the first
    sec
    sbc #SPR_BIRD
    eor #2
    clc
    adc #SPR_BIRD
    sta temp + 1
    ldy phase
    lda sine, y

bird:
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    clc
    adc #98
    sta shadow_oam, x
    sta shadow_oam + 4, x
    lda temp + 1
    sta shadow_oam + 1, x
    adc #1
    sta shadow_oam + 5, x
    lda #SPR_PAL_LIGHT
    sta shadow_oam + 2, x
    sta shadow_oam + 6, x
    lda temp
    sta shadow_oam + 3, x
    clc
    adc #8
    sta shadow_oam + 7, x
    bcc :+                      ; over the right edge: hide the wrapped half
    lda #$FF
    sta shadow_oam + 4, x
:   txa
    clc
    adc #8
    tax
    rts
.endproc

; ---- the screen, drawn once with rendering off

STATUS_HELP   = $2000 + 8 * 32 + 2
STATUS_LINE   = $2000 + 9 * 32 + 2
STATUS_DIGITS = STATUS_LINE + 6
STATUS_SPARKS = STATUS_LINE + 26

.macro ppu_address address
    lda #>(address)
    sta PPUADDR
    lda #<(address)
    sta PPUADDR
.endmacro

.proc draw_screen
    bit PPUSTATUS
    ppu_address $2000           ; both nametables: tile 0, palette 0
    ldx #8
    ldy #0
    tya
:   sta PPUDATA
    iny
    bne :-
    dex
    bne :-

    ldx #LOGO                   ; 5 rows of 24 tiles, from row 2, column 4
    lda #$40 + 4
    ldy #5
title_row:
    sta temp
    sty temp + 1
    lda #$20
    sta PPUADDR
    lda temp
    sta PPUADDR
    ldy #24
:   stx PPUDATA
    inx
    dey
    bne :-
    lda temp
    clc
    adc #32
    ldy temp + 1
    dey
    bne title_row

    ppu_address STATUS_HELP
    ldx #0
:   lda help_text, x
    sta PPUDATA
    inx
    cpx #help_text_end - help_text
    bne :-
    ppu_address STATUS_LINE
    ldx #0
:   lda status_text, x
    sta PPUDATA
    inx
    cpx #status_text_end - status_text
    bne :-

    ldy #>$2000                 ; bar and landscape, left nametable from even, right from
    lda #<landscape             ; odd 32-byte pieces of the map
    ldx #>landscape
    jsr draw_half
    ldy #>$2400
    lda #<(landscape + 32)
    ldx #>(landscape + 32)
    jsr draw_half

    ppu_address $23C0
    jsr draw_attributes
    ppu_address $27C0
.endproc                        ; falls through

.proc draw_attributes
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
    rts
.endproc

; Y = high byte of the nametable, X:A = map of 64 columns.
.proc draw_half
    sta temp
    stx temp + 1
    tya
    clc
    adc #>(BAR_ROW * 32)
    sta PPUADDR
    lda #<(BAR_ROW * 32)
    sta PPUADDR
    ldx #32
    lda #TILE_BAR
:   sta PPUDATA
    dex
    bne :-
    ldx #29 - BAR_ROW           ; the map starts under the bar, row after row
row:
    ldy #0
:   lda (temp), y
    sta PPUDATA
    iny
    cpy #32
    bne :-
    lda temp
    clc
    adc #64
    sta temp
    bcc :+
    inc temp + 1
:   dex
    bne row
    rts
.endproc

.segment "RODATA"
sine:
.include "../include/sine.inc"

first_palette:
    .byte $0F, $31, $11, $01    ; title and bar, cycled
    .byte $0F, $0B, $1A, $17    ; meadow: hill behind, grass, earth
    .byte $0F, $30, $03, $0C    ; sky: stars and text, glow, mountains
    .byte $0F, $0C, $0B, $1B    ; hills: mountains behind, hill, leaves
    .byte $0F, $30, $27, $00    ; robot
    .byte $0F, $30, $16, $06    ; warm orbs, cycled
    .byte $0F, $30, $21, $11    ; cold orbs, cycled
    .byte $0F, $30, $28, $17    ; sparks, stars, fireflies, birds
glow:
    .byte $03, $03, $03, $13, $13, $13, $13, $03

; Two bits of palette for each 16 x 16 pixels, four of them a byte; all columns alike.
; https://www.nesdev.org/wiki/PPU_attribute_tables
attribute_rows:
    .byte %00000000             ; rows  0-3   title
    .byte %00000000             ;       4-7
    .byte %00001010             ;       8-11  text, then bar
    .byte %10101010             ;      12-15  sky
    .byte %11111010             ;      16-19  mountains, hills
    .byte %11111111             ;      20-23
    .byte %01010101             ;      24-27  meadow
    .byte %01010101             ;      28-29

legs:
    .byte SPR_LEGS, SPR_LEGS + 2, SPR_LEGS, SPR_LEGS + 4
robot_dy:
    .byte 0, 0, 8, 8, 16, 16
robot_tile:
    .byte SPR_ROBOT, SPR_ROBOT + 1, SPR_ROBOT + 2, SPR_ROBOT + 3, $FF, 0
orb_size:
    .byte SPR_ORB, SPR_ORB, SPR_ORB, SPR_ORB, SPR_ORB, SPR_ORB, SPR_ORB + 1, SPR_ORB + 1
    .byte SPR_ORB + 2, SPR_ORB + 2, SPR_ORB + 2, SPR_ORB + 1, SPR_ORB + 1, SPR_ORB, SPR_ORB, SPR_ORB
twinkle:
    .repeat 12
        .byte SPR_TWINKLE
    .endrepeat
    .byte SPR_TWINKLE, SPR_TWINKLE + 1, SPR_TWINKLE + 1, SPR_TWINKLE + 2
    .byte SPR_TWINKLE + 2, SPR_TWINKLE + 3, SPR_TWINKLE + 3, SPR_TWINKLE + 2
    .byte SPR_TWINKLE + 2, SPR_TWINKLE + 1, SPR_TWINKLE + 1, SPR_TWINKLE
    .repeat 8
        .byte SPR_TWINKLE
    .endrepeat
star_x:
    .byte 12, 236, 24, 222, 76, 150, 120, 188
star_y:
    .byte 14, 22, 40, 50, 8, 6, 56, 58
fly_x:
    .byte 24, 52, 84, 110, 140, 168, 200, 228
fly_y:
    .byte 156, 166, 150, 164, 154, 168, 152, 162

font_text
help_text:
    .byte "PAD MOVES  A JUMPS  B SPARKS"
help_text_end:
status_text:
    .byte "FRAME 00000        SPARK  00"
status_text_end:

; The landscape under the bar: 19 rows of 64 tiles, drawn with these characters.
plain_text
    .charmap ' ', 0
    .charmap '.', TILE_SKY
    .charmap '*', TILE_SKY + 1
    .charmap '1', TILE_SKY + 2
    .charmap '2', TILE_SKY + 3
    .charmap '3', TILE_SKY + 4
    .charmap '4', TILE_SKY + 5
    .charmap '~', TILE_SKY + 6
    .charmap 'a', TILE_MOON
    .charmap 'b', TILE_MOON + 1
    .charmap 'c', TILE_MOON + 2
    .charmap 'd', TILE_MOON + 3
    .charmap '/', TILE_MOUNTAIN
    .charmap $5C, TILE_MOUNTAIN + 1 ; backslash
    .charmap 'A', TILE_MOUNTAIN + 2
    .charmap 'B', TILE_MOUNTAIN + 3
    .charmap 'C', TILE_MOUNTAIN + 4 ; the same tips where the glow is thin
    .charmap 'D', TILE_MOUNTAIN + 5
    .charmap '#', TILE_MOUNTAIN + 6
    .charmap 'e', TILE_HILL         ; e f: gently up
    .charmap 'f', TILE_HILL + 1
    .charmap 'g', TILE_HILL + 2     ; g h: gently down
    .charmap 'h', TILE_HILL + 3
    .charmap '=', TILE_HILL + 4
    .charmap '%', TILE_HILL + 5
    .charmap 'T', TILE_HILL + 6
    .charmap 'I', TILE_HILL + 7
    .charmap '_', TILE_HILL + 8
    .charmap 'w', TILE_GROUND
    .charmap 'v', TILE_GROUND + 1
    .charmap 'y', TILE_GROUND + 2
    .charmap 'G', TILE_GROUND + 3
    .charmap 'u', TILE_GROUND + 4
    .charmap 'n', TILE_GROUND + 5
    .charmap '-', TILE_GROUND + 6
    .charmap 'o', TILE_GROUND + 7
    .charmap ',', TILE_GROUND + 8

landscape:
    .byte "  .      *        .   .            .       *     .      .   *   "
    .byte "111111111111111111111111111111ab11111111111111111111111111111111"
    .byte "222222222222222222222222222222cd22222222222222222222222222222222"
    .byte "333CD3333333333333333333CD3333333333333CD333333333333CD333333333"
    .byte "44/##\44444AB4444444444/##\444444AB444/##\4444444444/##\4444AB44"
    .byte "~/####\~~~/##\~~~AB~~~/####\~~~~/##\~/####\~~~~AB~~/####\~~/##\~"
    .byte "/######\~/####\~/##\~/######\~~/###########\~~/##\/######\/####\"
    .byte "________________________________________________________________"
    .byte "___________TT__________________T__________T_____________________"
    .byte "______TT___II___TT__ef=====gh__I____TT____I___ef===gh___TT______"
    .byte "_TT___IIef====ghIIef=%==========gh__II__ef===========gh_II____T_"
    .byte "_IIef==%================%================%================%=ghI_"
    .byte "================================================================"
    .byte "wwvwvwvvwvwvwvvwvwvwvvwvwvyyvwvyywwvyywwvwywwvwvwwvwvwvwwvwvwvww"
    .byte "GGGGGuGGGuGGGGGGuGGGuGGGGGGuGGGuGGGGGGuGGGuGGGGGGuGGGuGGGGGGuGGG"
    .byte "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
    .byte "---o-----,o-----o-----,o-----o-----,o-----o-----,o-----o-----,o-"
    .byte "---,--------o---,--------o---,--------o---,--------o---,--------"
    .byte "--,--o---------,--o---------,--o---------,--o---------,--o------"
font_text
.segment "VECTORS"
    .addr nmi, reset, irq_ignore

; Bank switching on the MMC3: code in eight PRG banks, both PRG modes, CHR banks as
; animation, and two scanline interrupts a frame.
; SPDX-License-Identifier: MIT OR Apache-2.0
;
; NES 2.0 mapper 4, submapper 0. Registers (https://www.nesdev.org/wiki/MMC3):
;
;   $8000  what $8001 sets (bits 0-2), PRG mode (bit 6), CHR mode (bit 7)
;   $8001  bank number         $A000  mirroring        $A001  PRG RAM off
;   $C000  IRQ latch           $C001  reload           $E000  IRQ off and acknowledge
;                                                      $E001  IRQ on
;
;   CPU window   mode 0   mode 1        PPU window        register
;   $8000        R6       bank 6        $0000 and $0800   R0, R1 (2 KiB each)
;   $A000        R7       R7            $1000 to $1C00    R2 to R5 (1 KiB each)
;   $C000        bank 6   R6
;   $E000        bank 7   bank 7
;
; The picture:
;
;   lines   0- 31   title                 CHR $0800: panel
;   lines  32-175   the machine room      CHR $0800: one of four frames; scrolls
;   lines 176-239   a panel with the sum of each bank, and of all
;
; The mapper counts lines by the rising edges of PPU address line A12: with the
; background at $0000 and sprites at $1000 there is one a line, at dot 260, when the
; sprite fetches begin. A latch of n fires at the (n + 1)th edge after a reload; the line
; before the picture gives the first.
;
; The main loop runs 20 jobs a frame through `far_call`. Pad: A stops the room, B turns it
; back.

.linecont +
.include "../include/nes.inc"
.include "../include/header.inc"
.include "../include/art.inc"

nes2_header 4, 4, 4, MIRROR_VERTICAL, 0

BANK_SELECT = $8000
BANK_DATA   = $8001
MIRRORING   = $A000
PRG_RAM     = $A001
IRQ_LATCH   = $C000
IRQ_RELOAD  = $C001
IRQ_OFF     = $E000
IRQ_ON      = $E001

PRG_MODE_1  = %01000000

BANKS       = 7              ; bank 7 is only the switchboard
JOBS_A_FRAME = 20

CHR_BANK_FONT   = 0
CHR_BANK_PANEL  = 2
CHR_BANK_ROOM   = 8
CHR_BANK_DRONE  = 16
CHR_BANK_CRATE  = 20

ROOM_LINE   = 32             ; first line of the room
PANEL_LINE  = 176
PANEL_ROW   = PANEL_LINE / 8

.segment "ZEROPAGE"
checksum:    .res 4          ; $18  all results, in order
jobs_done:   .res 3          ; $1C  calls of far_call
irq_top:     .res 1          ; $1F  interrupts at ROOM_LINE, modulo 256
irq_bottom:  .res 1          ; $20  interrupts at PANEL_LINE
late:        .res 1          ; $21  frames in which the jobs did not get ready: 0
sum_low:     .res BANKS      ; $22  results by bank
sum_high:    .res BANKS      ; $29
.assert checksum = $18, error, "checksum moved: tests and README name $18"
.assert sum_high = $29, error, "sum_high moved"
bank_select: .res 1          ; what BANK_SELECT was last set to: it cannot be read
prg_mode:    .res 1
bank_r6:     .res 1
bank_r7:     .res 1
far_ptr:     .res 2
job_at:      .res 1          ; where in `schedule` the frame goes on
jobs_left:   .res 1
job_count:   .res 1          ; scratch of the jobs
job_word:    .res 2
crc_at:      .res 1
irq_phase:   .res 1          ; 0: the next interrupt is the top one
scroll:      .res 2          ; of the room
room_frame:  .res 1          ; which of the four CHR banks
room_clock:  .res 1
crate_x:     .res 2          ; of the first crate, 8.8 fixed point, fraction first

.segment "BSS"
list:        .res 16
panel:       .res BANKS * 4 + 8     ; tiles of the hex digits
attributes:  .res 128               ; while the screen is drawn

; ---- jobs: bank, how it is mapped, where it is entered
WINDOW_8000  = 0             ; R6 in mode 0
WINDOW_A000  = 1             ; R7, the mode stays
WINDOW_C000  = 2             ; R6 in mode 1
FIXED_C000   = 3             ; bank 6 in mode 0
FIXED_8000   = 4             ; bank 6 in mode 1

.enum
    JOB_CRC
    JOB_LFSR_8
    JOB_LFSR_C
    JOB_MULTIPLY
    JOB_DIVIDE
    JOB_SORT
    JOB_BITS
    JOB_FLETCHER
    JOB_MIX
    JOB_SCREEN               ; draws the screen, once
    JOBS
.endenum

.segment "RODATA"
job_bank:
    .byte 0, 1, 1, 2, 3, 4, 5, 6, 6, 5
job_window:
    .byte WINDOW_8000, WINDOW_8000, WINDOW_C000, WINDOW_A000, WINDOW_A000
    .byte WINDOW_C000, WINDOW_C000, FIXED_C000, FIXED_8000, WINDOW_C000
job_low:
    .lobytes crc, lfsr, lfsr + $4000, multiply, divide
    .lobytes sort, bits, fletcher, mix, draw_screen
job_high:
    .hibytes crc, lfsr, lfsr + $4000, multiply, divide
    .hibytes sort, bits, fletcher, mix, draw_screen
.assert * - job_high = JOBS, error, "a job table is too short"

; What a frame does, from a place that moves on by 20 of 31 entries: every frame differs.
schedule:
    .byte JOB_CRC, JOB_LFSR_8, JOB_LFSR_C, JOB_DIVIDE, JOB_FLETCHER, JOB_MIX, JOB_LFSR_8, JOB_BITS
    .byte JOB_MULTIPLY, JOB_SORT, JOB_LFSR_C, JOB_CRC, JOB_MIX, JOB_FLETCHER, JOB_LFSR_8, JOB_DIVIDE
    .byte JOB_LFSR_C, JOB_BITS, JOB_LFSR_8, JOB_MIX, JOB_SORT, JOB_MULTIPLY, JOB_LFSR_C, JOB_FLETCHER
    .byte JOB_DIVIDE, JOB_LFSR_8, JOB_CRC, JOB_MULTIPLY, JOB_LFSR_C, JOB_BITS, JOB_SORT
schedule_end:

.segment "CODE"
.include "../include/startup.inc"
.include "work.inc"
.include "screen.inc"

.segment "CODE"

.proc main
    ; The mapper's registers hold anything at power-on; only $E000-$FFFF is sure.
    sta IRQ_OFF
    lda #0
    sta MIRRORING               ; nametables side by side
    sta PRG_RAM
    ldx #7                      ; R0 to R7
:   stx bank_select
    stx BANK_SELECT
    lda first_banks, x
    sta BANK_DATA
    dex
    bpl :-
    lda first_banks + 6
    sta bank_r6
    lda first_banks + 7
    sta bank_r7
    inc sum_low + 6             ; a mixer that starts at 0 stays there
    ldx #15
:   txa
    sta list, x
    dex
    bpl :-
    ldx #JOB_SCREEN
    jsr far_call
    jsr place_crates
    jsr print_sums
    lda #CTRL_NMI | CTRL_SPR_1000
    sta ctrl
    lda #MASK_ALL
    sta mask
    lda #1
    sta frame_ready
    cli
    lda ctrl
    sta PPUCTRL

forever:
    lda frame_done
    beq :+
    inc late
:   jsr wait_frame
    jsr read_pad
    jsr move_room
    jsr move_crates
    jsr move_drones
    lda #JOBS_A_FRAME
    sta jobs_left
next_job:
    ldy job_at
    ldx schedule, y
    iny
    cpy #schedule_end - schedule
    bcc :+
    ldy #0
:   sty job_at
    jsr far_call
    dec jobs_left
    bne next_job
    jsr print_sums
    jmp forever
.endproc

; X = job: runs it in its bank and comes back to the caller's banks. Jobs may call jobs.
.proc far_call
    lda prg_mode
    pha
    lda bank_r6
    pha
    lda bank_r7
    pha
    txa
    pha
    lda job_low, x
    sta far_ptr
    lda job_high, x
    sta far_ptr + 1
    ldy job_window, x
    lda job_bank, x
    cpy #WINDOW_A000
    bne :+
    jsr set_r7
    jmp switched
:   tax
    lda window_mode, y
    cpy #FIXED_C000
    bcc :+
    ldx bank_r6                 ; bank 6 comes by the mode alone
:   jsr set_r6_and_mode
switched:
    jsr enter
    pla                         ; job: its result goes into the checksum
    tax
    ldy job_bank, x
    jsr add_result
    pla
    jsr set_r7
    pla
    tax
    pla
    jmp set_r6_and_mode

enter:
    jmp (far_ptr)
.endproc

; A = bank for $A000. An interrupt between any two writes finds `bank_select` right, and
; puts it back into the register when it leaves.
.proc set_r7
    sta bank_r7
    lda prg_mode
    ora #7
    sta bank_select
    sta BANK_SELECT
    lda bank_r7
    sta BANK_DATA
    rts
.endproc

; A = PRG mode, X = bank for $8000 (mode 0) or $C000 (mode 1).
.proc set_r6_and_mode
    sta prg_mode
    stx bank_r6
    ora #6
    sta bank_select
    sta BANK_SELECT
    stx BANK_DATA
    rts
.endproc

; Y = bank: rotates the checksum left and adds the bank's sum.
.proc add_result
    inc jobs_done
    bne :+
    inc jobs_done + 1
    bne :+
    inc jobs_done + 2
:   lda checksum + 3
    asl a                       ; C = the bit that comes round
    rol checksum
    rol checksum + 1
    rol checksum + 2
    rol checksum + 3
    clc
    lda checksum
    adc sum_low, y
    sta checksum
    lda checksum + 1
    adc sum_high, y
    sta checksum + 1
    bcc :+
    inc checksum + 2
    bne :+
    inc checksum + 3
:   rts
.endproc

; ---- vblank
.proc nmi
    pha
    txa
    pha
    tya
    pha
    inc frame
    bne :+
    inc frame + 1
:   lda #0
    sta irq_phase
    lda frame_ready
    bne :+
    jmp no_buffers
:   dec frame_ready
    lda #0
    sta OAMADDR
    lda #>shadow_oam
    sta OAMDMA

    ; Palette before panel: $3Fxx has A12 set, and leaving it clocks the line counter,
    ; which must not happen after the reload below.
    bit PPUSTATUS
    lda #$3F
    sta PPUADDR
    lda #$06                    ; colour 2 of the gears glows with the bank's sums
    sta PPUADDR
    lda frame
    lsr a
    lsr a
    lsr a
    and #%00000111
    tax
    lda glow, x
    sta PPUDATA

    ldx #0                      ; digit
    ldy #0                      ; field
field:
    lda field_high, y
    sta PPUADDR
    lda field_low, y
    sta PPUADDR
    .repeat 4, n
        lda panel + n, x
        sta PPUDATA
    .endrepeat
    inx
    inx
    inx
    inx
    iny
    cpy #BANKS
    bne field
    .repeat 2, half
        lda #>FIELD_ALL
        sta PPUADDR
        lda #<FIELD_ALL + half * 4
        sta PPUADDR
        .repeat 4, n
            lda panel + BANKS * 4 + half * 4 + n
            sta PPUDATA
        .endrepeat
    .endrepeat
    lda mask
    sta PPUMASK

no_buffers:
    ; Sprites: the drones' rotors are four banks. R1: the panel's tiles until ROOM_LINE.
    lda prg_mode
    ora #2
    sta BANK_SELECT
    lda frame
    lsr a
    and #%00000011
    ora #CHR_BANK_DRONE
    sta BANK_DATA
    jsr set_panel_tiles
    lda bank_select
    sta BANK_SELECT

    bit PPUSTATUS
    lda #0
    sta PPUSCROLL
    sta PPUSCROLL
    lda ctrl
    sta PPUCTRL

    lda #ROOM_LINE              ; edges: one before line 0, then lines 0 to 31
    sta IRQ_LATCH
    sta IRQ_RELOAD
    sta IRQ_OFF
    sta IRQ_ON
    lda #1
    sta frame_done
    pla
    tay
    pla
    tax
    pla
    rti
.endproc

; Two sets of panel tiles in turn make the lamps blink.
.proc set_panel_tiles
    lda prg_mode
    ora #1
    sta BANK_SELECT
    lda frame
    lsr a
    lsr a
    lsr a
    and #%00000010
    clc
    adc #CHR_BANK_PANEL
    sta BANK_DATA
    rts
.endproc

; ---- the two splits, at dot 260 of the line before
.proc irq
    pha
    txa
    pha
    sta IRQ_OFF                 ; acknowledge
    lda irq_phase
    bne bottom

    inc irq_phase
    inc irq_top
    ldx #PANEL_LINE - ROOM_LINE - 1
    stx IRQ_LATCH               ; the next edge reloads the counter, which is 0 now
    sta IRQ_ON
    lda scroll
    sta PPUSCROLL
    sta PPUSCROLL
    lda scroll + 1
    and #CTRL_NT_X
    ora ctrl
    sta PPUCTRL
    lda prg_mode
    ora #1
    sta BANK_SELECT
    lda room_frame
    asl a
    adc #CHR_BANK_ROOM
    sta BANK_DATA
    bne leave

bottom:
    inc irq_bottom
    lda #0
    sta PPUSCROLL
    sta PPUSCROLL
    lda ctrl
    sta PPUCTRL
    jsr set_panel_tiles
leave:
    lda bank_select
    sta BANK_SELECT
    pla
    tax
    pla
    rti
.endproc

; ---- the room

.proc move_room
    lda pad
    and #PAD_A
    bne still
    ldx #1                      ; forwards: one picture of the room in two frames
    ldy #$00                    ; the crates move 1 pixel with the belt,
    lda pad
    and #PAD_B
    beq :+
    ldx #3                      ; backwards
    ldy #$FE
:   sty temp
    inc room_clock
    lda room_clock
    lsr a
    bcs :+
    txa
    adc room_frame
    and #%00000011
    sta room_frame
    inc scroll                  ; and half a pixel against it with the whole room
    bne :+
    inc scroll + 1
:   clc
    lda crate_x
    adc #$80                    ; +1 - 1/2, or -1 - 1/2 = -2 + 1/2
    sta crate_x
    lda crate_x + 1
    adc temp
    sta crate_x + 1
still:
    rts
.endproc

CRATES     = 5
SLOT_CRATE = 0
SLOT_DRONE = CRATES * 4
DRONES     = 3
BELT_Y     = 18 * 8

; Four sprites each; only x changes later.
.proc place_crates
    ldx #SLOT_CRATE * 4
    lda #0
    sta temp
crate:
    ldy #0
part:
    lda crate_y, y
    sta shadow_oam, x
    tya
    clc
    adc #$40                    ; R3: tile $40 on
    sta shadow_oam + 1, x
    lda #1
    sta shadow_oam + 2, x
    jsr next_sprite
    iny
    cpy #4
    bne part
    inc temp
    lda temp
    cmp #CRATES
    bne crate
    rts
.endproc

.proc move_crates
    ldx #SLOT_CRATE * 4
    lda crate_x + 1
    ldy #CRATES
crate:
    sta shadow_oam + 3, x
    sta shadow_oam + 11, x
    clc
    adc #8
    sta shadow_oam + 7, x
    sta shadow_oam + 15, x
    sta temp
    bcs wrapped                 ; the right half left the picture: hide it
    lda #BELT_Y - 17
    sta shadow_oam + 4, x
    lda #BELT_Y - 9
    sta shadow_oam + 12, x
    bne shown
wrapped:
    lda #$FF
    sta shadow_oam + 4, x
    sta shadow_oam + 12, x
shown:
    txa
    clc
    adc #16
    tax
    lda temp
    clc
    adc #51 - 8
    dey
    bne crate
    rts
.endproc

.proc move_drones
    ldx #SLOT_DRONE * 4
    ldy #DRONES - 1
drone:
    sty temp
    lda drone_speed, y          ; angle = frame x 1 or 2, plus a start
    lsr a
    lda frame
    bcc :+
    asl a
:   clc
    adc drone_start, y
    tay
    lda sine, y                 ; y: +-16
    cmp #$80
    ror a
    cmp #$80
    ror a
    cmp #$80
    ror a
    clc
    ldy temp
    adc drone_y, y
    sta temp + 1
    lda frame
    adc drone_start, y
    tay
    lda sine, y                 ; x: +-64
    cmp #$80
    ror a
    clc
    ldy temp
    adc drone_x, y
    sta temp + 2
    ldy #0
part:
    tya
    lsr a
    asl a
    asl a
    asl a
    adc temp + 1
    sta shadow_oam, x
    tya
    sta shadow_oam + 1, x       ; R2: tile $00 on
    lda temp
    and #1
    asl a
    sta shadow_oam + 2, x
    tya
    and #1
    asl a
    asl a
    asl a
    adc temp + 2
    sta shadow_oam + 3, x
    jsr next_sprite
    iny
    cpy #4
    bne part
    ldy temp
    dey
    bpl drone
    rts
.endproc

.proc next_sprite
    inx
    inx
    inx
    inx
    rts
.endproc

; ---- sums as hex digits
.proc print_sums
    ldx #0
    ldy #0
:   lda sum_high, y
    jsr print_byte
    lda sum_low, y
    jsr print_byte
    iny
    cpy #BANKS
    bne :-
    ldy #3
:   lda checksum, y
    jsr print_byte
    dey
    bpl :-
    rts

print_byte:
    pha
    lsr a
    lsr a
    lsr a
    lsr a
    jsr print_digit
    pla
    and #$0F
print_digit:
    cmp #10
    bcc :+
    adc #'A' - '9' - 2          ; carry is set
:   adc #'0' - ' '
    sta panel, x
    inx
    rts
.endproc

.segment "RODATA"
sine:
.include "../include/sine.inc"
first_banks:                    ; R0 to R7
    .byte CHR_BANK_FONT, CHR_BANK_PANEL, CHR_BANK_DRONE, CHR_BANK_CRATE
    .byte CHR_BANK_CRATE, CHR_BANK_CRATE, 0, 2
window_mode:
    .byte 0, 0, PRG_MODE_1, 0, PRG_MODE_1
glow:
    .byte $07, $07, $17, $17, $27, $17, $17, $07
crate_y:
    .byte BELT_Y - 17, BELT_Y - 17, BELT_Y - 9, BELT_Y - 9
drone_speed:
    .byte 1, 0, 1
drone_start:
    .byte 0, 85, 170
drone_x:
    .byte 70, 120, 170
drone_y:
    .byte 60, 80, 66

.segment "VECTORS"
    .addr nmi, reset, irq

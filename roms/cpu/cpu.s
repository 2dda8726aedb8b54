; Work for the CPU without a pause: nothing here ever waits for anything.
; SPDX-License-Identifier: MIT OR Apache-2.0
;
; NROM-256. A round is
;
;   fractal   16 tiles (64 points) of the Mandelbrot set, 4.12 fixed point; multiplies by
;             tables of quarter squares
;   sieve     the primes below 2048, 1 KiB of RAM
;   sort      quicksort of 128 pseudo-random bytes, recursive
;   crc       CRC-16 by table over the next 1 KiB of this program
;   matrix    product of two 8 x 8 matrices of bytes
;
; and then the next round. Each task folds its result into `checksum`; the checksums after
; the first 16 rounds stay in `history`. They depend on no timing, so that every emulator
; must find them; how far the rounds are at a given frame depends on every cycle.
;
; The NMI handler puts finished tiles on the screen and turns the colours. Text is made of
; sprites, eight to a line, because all 256 background tiles are needed as 2 x 2 blocks in
; four colours.

.linecont +
.include "../include/nes.inc"
.include "../include/header.inc"
.include "../include/art.inc"

nes2_header 0, 2, 1, MIRROR_VERTICAL, 0

.segment "ZEROPAGE"
checksum:    .res 4          ; $18  all results, in order
rounds:      .res 2          ; $1C  rounds done
task:        .res 1          ; $1E  0-4: fractal, sieve, sort, crc, matrix
primes:      .res 2          ; $1F  what the sieve counts: 309
crc_value:   .res 2          ; $21  of the last 1 KiB
view:        .res 1          ; $23  which part of the set is being drawn
.assert checksum = $18, error, "checksum moved: tests and README name $18"
.assert view = $23, error, "view moved"
random:      .res 2          ; LFSR
crc_page:    .res 1
queue_in:    .res 1          ; tiles for the NMI handler: 16 of them at most
queue_out:   .res 1
ring_at:     .res 1
ptr:         .res 2
fold_value:  .res 2

mul_a:       .res 1          ; multiply: factors,
mul_b:       .res 1
factor_a:    .res 2
factor_b:    .res 2
mul_r:       .res 4          ; product

origin_x:    .res 2          ; fractal: 4.12 fixed point
origin_y:    .res 2
step:        .res 2
tile_x:      .res 2          ; point in the upper left of the tile
tile_y:      .res 2
c_x:         .res 2
c_y:         .res 2
z_x:         .res 2
z_y:         .res 2
abs_x:       .res 2
abs_y:       .res 2
square_x:    .res 2
square_y:    .res 2
iteration:   .res 1
tile:        .res 1
tile_column: .res 1
tile_row:    .res 1
tiles_left:  .res 1

low:         .res 1          ; sort
high:        .res 1
pivot:       .res 1
store:       .res 1

row:         .res 1          ; matrix
column:      .res 1
a_at:        .res 1
b_at:        .res 1
total:       .res 2

.segment "BSS"
numbers:     .res 128        ; $0300
history:     .res 16 * 4     ; $0380  checksums after rounds 1 to 16
queue_high:  .res 16
queue_low:   .res 16
queue_tile:  .res 16
.assert history = $0380, error, "history moved: tests and README name $0380"
flags        = $0400         ; 1 KiB: flag i stands for 2 i + 1
matrix_a     = $0400
matrix_b     = $0440
matrix_c     = $0480

.enum
    FRACTAL
    SIEVE
    SORT
    CRC
    MATRIX
.endenum

.segment "CODE"
.include "../include/startup.inc"

.proc main
    jsr draw_screen
    lda #$E1
    sta random
    sta random + 1
    lda #VIEWS - 1              ; the next one is the first
    sta view
    jsr next_view
    lda #CTRL_NMI | CTRL_SPR_1000
    sta ctrl
    sta PPUCTRL

forever:
    lda #FRACTAL
    sta task
    lda #16
    sta tiles_left
:   jsr draw_tile
    dec tiles_left
    bne :-
    inc task
    jsr sieve
    inc task
    jsr sort_numbers
    inc task
    jsr crc_1k
    inc task
    jsr multiply_matrices

    lda rounds + 1
    bne counted
    lda rounds
    cmp #16
    bcs counted
    asl a
    asl a
    tax
    ldy #0
:   lda checksum, y
    sta history, x
    inx
    iny
    cpy #4
    bne :-
counted:
    inc rounds
    bne forever
    inc rounds + 1
    jmp forever
.endproc

; ---- helpers

; Rotates the checksum left and adds A (low) and X (high).
.proc fold
    sta fold_value
    stx fold_value + 1
    lda checksum + 3
    asl a
    rol checksum
    rol checksum + 1
    rol checksum + 2
    rol checksum + 3
    clc
    lda checksum
    adc fold_value
    sta checksum
    lda checksum + 1
    adc fold_value + 1
    sta checksum + 1
    bcc :+
    inc checksum + 2
    bne :+
    inc checksum + 3
:   rts
.endproc

; A = the next of 65,535 pseudo-random numbers. Keeps X and Y.
.proc next_random
    lsr random + 1
    ror random
    lda random
    bcc :+
    lda random + 1
    eor #$B4
    sta random + 1
    eor random
:   rts
.endproc

; X:A = A x mul_b, by a b = f(a + b) - f(|a - b|) with f(n) = n^2 / 4. The fractions that
; the table drops are equal on both sides.
.proc multiply_bytes
    sta mul_a
    sec
    sbc mul_b
    bcs :+
    eor #$FF
    adc #1                      ; carry is clear
:   tay
    lda mul_a
    clc
    adc mul_b
    tax
    bcs large
    lda square_low, x
    sec
    sbc square_low, y
    pha
    lda square_high, x
    sbc square_high, y
    tax
    pla
    rts
large:
    lda square_low + 256, x
    sbc square_low, y           ; carry is set
    pha
    lda square_high + 256, x
    sbc square_high, y
    tax
    pla
    rts
.endproc

; mul_r + 2, + 3 = factor_a x factor_b >> 12: both unsigned 4.12 and below 2.
.proc multiply_fixed
    lda factor_b
    sta mul_b
    lda factor_a
    jsr multiply_bytes          ; low x low
    stx mul_r + 1
    lda factor_a + 1
    jsr multiply_bytes          ; high x low
    clc
    adc mul_r + 1
    sta mul_r + 1
    txa
    adc #0
    sta mul_r + 2
    lda factor_b + 1
    sta mul_b
    lda factor_a
    jsr multiply_bytes          ; low x high
    clc
    adc mul_r + 1
    sta mul_r + 1
    txa
    adc mul_r + 2
    sta mul_r + 2
    lda #0
    adc #0
    sta mul_r + 3
    lda factor_a + 1
    jsr multiply_bytes          ; high x high
    clc
    adc mul_r + 2
    sta mul_r + 2
    txa
    adc mul_r + 3
    sta mul_r + 3
    lda mul_r + 1               ; four to the left, then the upper two bytes
    .repeat 4
        asl a
        rol mul_r + 2
        rol mul_r + 3
    .endrepeat
    rts
.endproc

; ---- fractal

; Starts to draw the next part of the set.
.proc next_view
    ldx view
    inx
    cpx #VIEWS
    bcc :+
    ldx #0
:   stx view
    lda view_x_low, x
    sta origin_x
    sta tile_x
    lda view_x_high, x
    sta origin_x + 1
    sta tile_x + 1
    lda view_y_low, x
    sta tile_y
    lda view_y_high, x
    sta tile_y + 1
    lda view_step, x
    sta step
    lda #0
    sta step + 1
    sta tile_column
    sta tile_row
    rts
.endproc

.macro add_16 sum, first, second
    clc
    lda first
    adc second
    sta sum
    lda first + 1
    adc second + 1
    sta sum + 1
.endmacro

.macro copy_16 to, from
    lda from
    sta to
    lda from + 1
    sta to + 1
.endmacro

; Four points make a tile: its number holds their colours, two bits each.
.proc draw_tile
    copy_16 c_x, tile_x
    copy_16 c_y, tile_y
    jsr point
    add_16 c_x, c_x, step
    jsr point
    copy_16 c_x, tile_x
    add_16 c_y, c_y, step
    jsr point
    add_16 c_x, c_x, step
    jsr point

    ; At most four tiles get ready in a frame, and eight go to the screen in one: the
    ; queue cannot run over.
    ldx queue_in
    lda tile_row
    clc
    adc #FIRST_ROW
    tay
    lsr a
    lsr a
    lsr a
    ora #$20                    ; left nametable
    sta queue_high, x
    tya
    asl a
    asl a
    asl a
    asl a
    asl a
    ora tile_column
    sta queue_low, x
    lda tile
    sta queue_tile, x
    inx
    txa
    and #15
    sta queue_in                ; last: the NMI handler may come at any time
    lda tile
    ldx iteration
    jsr fold

    inc tile_column
    lda tile_column
    cmp #32
    beq :+
    add_16 tile_x, tile_x, step
    add_16 tile_x, tile_x, step
    rts
:   lda #0
    sta tile_column
    copy_16 tile_x, origin_x
    add_16 tile_y, tile_y, step
    add_16 tile_y, tile_y, step
    inc tile_row
    lda tile_row
    cmp #TILE_ROWS
    bcc :+
    jmp next_view
:   rts
.endproc

LIMIT = 18                   ; more shows finer rims and takes longer

; z = z^2 + c until |z| >= 2: the number of steps chooses the colour, 0 if it never ends.
.proc point
    lda #0
    sta iteration
    copy_16 z_x, c_x
    copy_16 z_y, c_y
next:
    lda z_x + 1
    bpl :+
    sec
    lda #0
    sbc z_x
    sta abs_x
    lda #0
    sbc z_x + 1
    jmp :++
:   ldx z_x
    stx abs_x
:   sta abs_x + 1
    cmp #$20                    ; 2.0
    bcs far_away
    lda z_y + 1
    bpl :+
    sec
    lda #0
    sbc z_y
    sta abs_y
    lda #0
    sbc z_y + 1
    jmp :++
:   ldx z_y
    stx abs_y
:   sta abs_y + 1
    cmp #$20
    bcc near
far_away:
    jmp escaped
near:

    copy_16 factor_a, abs_x
    copy_16 factor_b, abs_x
    jsr multiply_fixed
    copy_16 square_x, mul_r + 2
    copy_16 factor_a, abs_y
    copy_16 factor_b, abs_y
    jsr multiply_fixed
    copy_16 square_y, mul_r + 2
    add_16 ptr, square_x, square_y
    cmp #$40                    ; A = high byte: 4.0
    bcs escaped
    inc iteration
    lda iteration
    cmp #LIMIT
    bcs inside

    copy_16 factor_a, abs_x     ; B is |y| still
    jsr multiply_fixed
    asl mul_r + 2               ; 2 x y
    rol mul_r + 3
    lda z_x + 1
    eor z_y + 1
    bpl :+
    sec
    lda #0
    sbc mul_r + 2
    sta mul_r + 2
    lda #0
    sbc mul_r + 3
    sta mul_r + 3
:   add_16 z_y, mul_r + 2, c_y
    sec
    lda square_x
    sbc square_y
    sta z_x
    lda square_x + 1
    sbc square_y + 1
    sta z_x + 1
    add_16 z_x, z_x, c_x
    jmp next

inside:
    lda #0
    beq shift
escaped:
    ldx iteration
    lda colour, x
shift:
    asl tile
    asl tile
    ora tile
    sta tile
    rts
.endproc

; ---- sieve of Eratosthenes over the odd numbers below 2048
.proc sieve
    lda #1
    ldx #0
:   sta flags, x
    sta flags + $100, x
    sta flags + $200, x
    sta flags + $300, x
    inx
    bne :-
    stx flags                   ; 1 is no prime
    ldx #1
next_prime:
    lda flags, x
    beq no_prime
    txa
    asl a
    adc #1                      ; carry is clear
    sta temp                    ; p = 2 i + 1
    txa                         ; first multiple: flag i + p
    clc
    adc temp
    sta ptr
    lda #>flags
    adc #0
    sta ptr + 1
    ldy #0
strike:
    tya
    sta (ptr), y
    lda ptr
    adc temp                    ; carry is clear: kept so by the branches below
    sta ptr
    bcc strike
    clc
    inc ptr + 1
    lda ptr + 1
    cmp #>flags + 4
    bcc strike
no_prime:
    inx
    cpx #23                     ; 2 x 23 + 1 = 47 > square root of 2047
    bcc next_prime

    lda #1                      ; 2 is a prime
    sta primes
    lda #0
    sta primes + 1
    sta ptr
    ldx #>flags
    stx ptr + 1
    tay
count:
    lda (ptr), y
    beq :+
    inc primes
    bne :+
    inc primes + 1
:   iny
    bne count
    inc ptr + 1
    ldx ptr + 1
    cpx #>flags + 4
    bne count
    lda primes
    ldx primes + 1
    jmp fold
.endproc

; ---- sort
.proc sort_numbers
    ldx #127
    stx high
:   jsr next_random
    sta numbers, x
    dex
    bpl :-
    inx
    stx low
    jsr quicksort
    lda #0                      ; Fletcher's checksum of the sorted numbers
    sta ptr
    sta ptr + 1
    ldx #127
    clc
:   lda numbers, x
    adc ptr
    sta ptr
    adc ptr + 1
    sta ptr + 1
    dex
    bpl :-
    ldx ptr + 1
    lda ptr
    jmp fold
.endproc

; Sorts numbers from `low` to `high`. The smaller part by recursion, so that the stack
; never holds more than seven calls, the larger one by going round.
.proc quicksort
again:
    lda high
    bmi done
    cmp low
    beq done
    bcc done
    ldx high
    lda numbers, x
    sta pivot
    ldy low                     ; Y: reads; X: where the next small number goes
    ldx low
scan:
    lda numbers, y
    cmp pivot
    bcs :+
    sta store
    lda numbers, x
    sta numbers, y
    lda store
    sta numbers, x
    inx
:   iny
    cpy high
    bne scan
    lda numbers, x              ; the pivot in between
    sta numbers, y
    lda pivot
    sta numbers, x
    stx store
    txa
    sec
    sbc low
    sta pivot                   ; size of the left part
    lda high
    sbc store                   ; carry is set
    cmp pivot
    bcc right_first
    lda high
    pha
    txa
    pha
    dex
    stx high
    jsr quicksort
    pla
    tax
    inx
    stx low
    pla
    sta high
    jmp again
right_first:
    lda low
    pha
    txa
    pha
    inx
    stx low
    jsr quicksort
    pla
    tax
    dex
    stx high
    pla
    sta low
    jmp again
done:
    rts
.endproc

; ---- CRC-16 (polynomial $1021, start $FFFF) over 1 KiB of ROM, the next one each time
.proc crc_1k
    lda #$FF
    sta crc_value
    sta crc_value + 1
    lda crc_page
    and #%01111100
    ora #$80
    sta ptr + 1
    lda crc_page
    clc
    adc #4
    sta crc_page
    ldy #0
    sty ptr
    lda #4
    sta temp
next:
    lda (ptr), y
    eor crc_value + 1
    tax
    lda crc_value
    eor crc_high, x
    sta crc_value + 1
    lda crc_low, x
    sta crc_value
    iny
    bne next
    inc ptr + 1
    dec temp
    bne next
    lda crc_value
    ldx crc_value + 1
    jmp fold
.endproc

; ---- C = A x B, bytes modulo 256; the checksum sees the 16-bit sum of all products
.proc multiply_matrices
    ldx #127
:   jsr next_random
    sta matrix_a, x             ; and B, which follows
    dex
    bpl :-
    lda #0
    sta total
    sta total + 1
    sta row
next_row:
    lda #0
    sta column
next_column:
    lda row
    sta a_at
    lda column
    sta b_at
    lda #0
    pha                         ; the element of C
next_product:
    ldx b_at
    lda matrix_b, x
    sta mul_b
    ldx a_at
    lda matrix_a, x
    jsr multiply_bytes
    tay
    clc
    adc total
    sta total
    txa
    adc total + 1
    sta total + 1
    sty mul_a
    pla
    clc
    adc mul_a
    pha
    inc a_at
    lda b_at
    clc
    adc #8
    sta b_at
    cmp #64
    bcc next_product
    lda row
    ora column
    tax
    pla
    sta matrix_c, x
    inc column
    lda column
    cmp #8
    bcc next_column
    lda row
    adc #7                      ; carry is set
    sta row
    cmp #64
    bcc next_row
    lda total
    ldx total + 1
    jmp fold
.endproc

; ---- vblank
.proc nmi
    pha
    txa
    pha
    tya
    pha
    lda #0
    sta OAMADDR
    lda #>shadow_oam
    sta OAMDMA
    bit PPUSTATUS

    ldy #8                      ; tiles
    ldx queue_out
drain:
    cpx queue_in
    beq drained
    lda queue_high, x
    sta PPUADDR
    lda queue_low, x
    sta PPUADDR
    lda queue_tile, x
    sta PPUDATA
    inx
    txa
    and #15
    tax
    dey
    bne drain
drained:
    stx queue_out

    lda #$3F                    ; the colours step along a ring: dark, medium, light of a
    sta PPUADDR                 ; hue take turns, so the bands flow, and the hue drifts
    lda #$01
    sta PPUADDR
    lda frame
    and #%00000111
    bne :++
    inc ring_at
    lda ring_at
    cmp #36
    bcc :+
    lda #0
:   sta ring_at
:   ldx ring_at
    lda ring, x
    sta PPUDATA
    lda ring + 1, x
    sta PPUDATA
    lda ring + 2, x
    sta PPUDATA

    lda #0
    sta PPUSCROLL
    sta PPUSCROLL
    lda ctrl
    sta PPUCTRL
    lda #MASK_ALL
    sta PPUMASK
    inc frame
    bne :+
    inc frame + 1
:

    ; Digits for the next picture
    lda task                    ; seven characters
    asl a
    asl a
    asl a
    tay
    ldx #0
:   lda task_names, y
    sta shadow_oam + SLOT_TASK * 4 + 1, x
    iny
    inx
    inx
    inx
    inx
    cpx #28
    bne :-
    ldx #SLOT_SUM * 4
    lda checksum + 3
    jsr print_byte
    lda checksum + 2
    jsr print_byte
    lda checksum + 1
    jsr print_byte
    lda checksum
    jsr print_byte
    ldx #SLOT_FRAME * 4
    lda frame + 1
    jsr print_byte
    lda frame
    jsr print_byte
    pla
    tay
    pla
    tax
    pla
    rti

print_byte:
    tay
    lsr a
    lsr a
    lsr a
    lsr a
    jsr print_digit
    tya
    and #$0F
print_digit:
    cmp #10
    bcc :+
    adc #'A' - '9' - 2          ; carry is set
:   adc #'0' - ' '
    sta shadow_oam + 1, x
    inx
    inx
    inx
    inx
    rts
.endproc

; ---- screen
FIRST_ROW  = 4                  ; of the fractal
TILE_ROWS  = 22

SLOT_TASK  = 0
SLOT_SUM   = 7
SLOT_FRAME = 15
SLOTS      = 19

.proc draw_screen
    bit PPUSTATUS
    lda #$3F
    sta PPUADDR
    ldx #0
    stx PPUADDR
:   lda palettes, x
    sta PPUDATA
    inx
    cpx #32
    bne :-
    lda #$20
    sta PPUADDR
    lda #0
    sta PPUADDR
    ldx #0
:   lda title, x                ; four rows
    sta PPUDATA
    inx
    cpx #128
    bne :-
    lda #0                      ; the rest, and palette 0 everywhere
    ldy #4
    ldx #128
:   sta PPUDATA
    inx
    bne :-
    dey
    bne :-
    ldy #0
    ldx #0
:   lda slot_y, y
    sta shadow_oam, x
    lda #0
    sta shadow_oam + 1, x
    sta shadow_oam + 2, x
    lda slot_x, y
    sta shadow_oam + 3, x
    inx
    inx
    inx
    inx
    iny
    cpy #SLOTS
    bne :-
    rts
.endproc

.segment "RODATA"
; Aligned to pages: looking one up costs the same for every index.
square_low:                     ; n^2 / 4 for n = 0-511
    .repeat 512, n
        .byte .lobyte(n * n / 4)
    .endrepeat
square_high:
    .repeat 512, n
        .byte .hibyte(n * n / 4)
    .endrepeat

; One step of the CRC for each byte, eight bits at a time.
.macro crc_entry n, part
    crc_bits .set n << 8
    .repeat 8
        .if crc_bits & $8000
            crc_bits .set ((crc_bits << 1) ^ $1021) & $FFFF
        .else
            crc_bits .set (crc_bits << 1) & $FFFF
        .endif
    .endrepeat
    .byte (crc_bits >> part) & $FF
.endmacro
crc_low:
    .repeat 256, n
        crc_entry n, 0
    .endrepeat
crc_high:
    .repeat 256, n
        crc_entry n, 8
    .endrepeat

VIEWS = 4
view_x_low:                     ; left edge, top edge, distance of two points
    .lobytes -9400, -3900, -7300, -2200
view_x_high:
    .hibytes -9400, -3900, -7300, -2200
view_y_low:
    .lobytes -4510, -1000, -550, -4400
view_y_high:
    .hibytes -4510, -1000, -550, -4400
view_step:
    .byte 205, 20, 25, 48

colour:
    .repeat LIMIT + 1, n
        .byte 1 + n .mod 3
    .endrepeat

ring:                           ; twelve hues of three brightnesses, and two more
    .repeat 12, n
        .byte $01 + (n + 3) .mod 12, $11 + (n + 3) .mod 12, $31 + (n + 3) .mod 12
    .endrepeat
    .byte $04, $14
palettes:
    .byte $0F, $01, $11, $21, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F
    .byte $0F, $30, $10, $00, $0F, $30, $10, $00, $0F, $30, $10, $00, $0F, $30, $10, $00

.macro line_of_slots count, x0, y0
    .repeat count, n
        .if y0
            .byte y0 - 1
        .else
            .byte x0 + 8 * n
        .endif
    .endrepeat
.endmacro
slot_x:                         ; task, checksum, frame: one under the other
    line_of_slots 7, 100, 0
    line_of_slots 8, 96, 0
    line_of_slots 4, 112, 0
slot_y:
    line_of_slots 7, 0, 208
    line_of_slots 8, 0, 216
    line_of_slots 4, 0, 224

font_text
task_names:
    .byte "FRACTAL  SIEVE   SORT     CRC   MATRIX  "
plain_text

; Two rows of 64 blocks make one row of 32 tiles.
.macro block_value picture, at
    block .set block << 2
    .if .strat(picture, at) = '#'
        block .set block | 1
    .elseif .strat(picture, at) = 'o'
        block .set block | 2
    .elseif .strat(picture, at) = ':'
        block .set block | 3
    .endif
.endmacro
.macro blocks upper, lower
    .repeat 32, n
        block .set 0
        block_value upper, 2 * n
        block_value upper, 2 * n + 1
        block_value lower, 2 * n
        block_value lower, 2 * n + 1
        .byte block
    .endrepeat
.endmacro
title:
    blocks "................................................................", \
           "................................................................"
    blocks "....###..#..###..##...##.#.###..............###.###..#..#.......", \
           "....#..#.#.#....#..#...#.#..#..............#....#..#.#..#......."
    blocks "....ooo..o.o....o..o...o.o..o..............o....ooo..o..o.......", \
           "....:.:..:.:....:..:.:.:.:..:..............:....:....:..:......."
    blocks "....:..:.:..:::..::..::..:..:...............:::.:.....::........", \
           "................................................................"

; ---- tiles: each number is its picture, four blocks of two bits
.segment "CHR0"
.repeat 256, n
    .repeat 2, plane
        .repeat 4
            .byte (n >> (6 + plane) & 1) * $F0 | (n >> (4 + plane) & 1) * $0F
        .endrepeat
        .repeat 4
            .byte (n >> (2 + plane) & 1) * $F0 | (n >> plane & 1) * $0F
        .endrepeat
    .endrepeat
.endrepeat

.segment "CHR1"
.include "../include/font.inc"

.segment "VECTORS"
    .addr nmi, reset, irq_ignore

//! The code that every ROM has: start-up, the checks that a script calls, the IRQ handler, and the report.
//!
//! It is in every bank at the same place below the vectors, so that it runs whatever bank a board shows at $F000-$FFFF. It
//! writes to no address of a cartridge but $6000-$60FF, at the end, and there only if the board has RAM there.
//!
//! Parameters of a check follow its JSR. A check that fails writes `TestFail`, the name of the section, the address of the
//! parameters less one, what it found and what it wanted to $0700, on the screen, and to $6004; the background is then red,
//! after a pass green. Rendering is off.

/// A byte of zero page that no code uses.
pub(crate) const DELAY_SCRATCH: u8 = 0x1F;

/// Where the report is in RAM: `TestPass` or `TestFail`, then text up to a zero.
pub const REPORT: u16 = 0x0700;

/// What `irq` gets if no IRQ came.
pub(crate) const NO_IRQ: u8 = 0xFF;

/// The text; symbols from outside: `start`, the script, and `status`, 1 if the report also goes to $6000.
pub(crate) const TEXT: &str = "
ptr = $00           ; an address
want = $02          ; what is expected: the three bytes of a signature
got = $05           ; what was found
at = $06            ; the last byte of the JSR of the check
name = $08          ; the text of the section
count = $0A
key = $0B
place = $0C         ; of the next letter of the report
position = $0E      ; of the instruction in the slide that an IRQ came before
report = $0700

reset:
    sei
    cld
    ldx #$FF
    txs
    lda #$40        ; no frame IRQ
    sta $4017
    lda #0
    sta $2000
    sta $2001
    sta $4010
    sta $4015
    sta report
    bit $4015
    bit $2002
warm1:              ; the PPU ignores its registers for a frame
    bit $2002
    bpl warm1
warm2:
    bit $2002
    bpl warm2
    jmp start

; leave: goes on behind Y parameters
leave:
    tya
    sec
    adc at
    sta at
    lda at+1
    adc #0
    sta at+1
    jmp (at)

; section TEXT, 0
section:
    pla
    sta at
    pla
    sta at+1
    lda at
    clc
    adc #1
    sta name
    lda at+1
    adc #0
    sta name+1
    ldy #0
letter:
    iny
    lda (at),y
    bne letter
    jmp leave

; bank: the parameters PAGE, COUNT, LOW, HIGH
bank:
    ldy #1
    lda (at),y
    sta ptr+1
    iny
    lda (at),y
    sta count
    iny
    lda (at),y
    sta want
    iny
    lda (at),y
    sta want+1
    lda #0
    sta ptr
; sign: completes the signature of a bank
sign:
    lda want
    eor #$FF
    sta want+2
    rts

; next: the next bank, A pages further
next:
    clc
    adc ptr+1
    sta ptr+1
    inc want
    bne sign
    inc want+1
    jmp sign

; prg PAGE, COUNT, LOW, HIGH: COUNT banks of 4 KiB from PAGE on
prg:
    pla
    sta at
    pla
    sta at+1
    jsr bank
prg1:
    ldy #2
prg2:
    lda (ptr),y
    cmp want,y
    bne wrong
    dey
    bpl prg2
    lda #$10
    jsr next
    dec count
    bne prg1
    ldy #4
    jmp leave

; wrong: A is not byte Y of the signature
wrong:
    sta got
    lda want,y
    sta want
    jmp fail

; address: PPU address
address:
    bit $2002
    lda ptr+1
    sta $2006
    lda ptr
    sta $2006
    rts

; chr PAGE, COUNT, LOW, HIGH: COUNT banks of 1 KiB from PAGE on
chr:
    pla
    sta at
    pla
    sta at+1
    jsr bank
chr1:
    jsr address
    lda $2007
    ldy #0
chr2:
    lda $2007
    cmp want,y
    bne wrong
    iny
    cpy #3
    bne chr2
    lda #4
    jsr next
    dec count
    bne chr1
    ldy #4
    jmp leave

; chrput PAGE, COUNT, LOW, HIGH: writes such signatures
chrput:
    pla
    sta at
    pla
    sta at+1
    jsr bank
put1:
    jsr address
    ldy #0
put2:
    lda want,y
    sta $2007
    iny
    cpy #3
    bne put2
    lda #4
    jsr next
    dec count
    bne put1
    ldy #4
    jmp leave

; ntput PAGE, VALUE: writes a cell of the nametable that ends with this page
ntput:
    pla
    sta at
    pla
    sta at+1
    jsr cell
    iny
    lda (at),y
    sta $2007
    jmp leave

; cell: the PPU address of the cell, from the parameter PAGE
cell:
    ldy #1
    lda (at),y
    sta ptr+1
    lda #$C0
    sta ptr
    jmp address

; nt A, B, C, D: these cells of the four nametables
nt:
    pla
    sta at
    pla
    sta at+1
    lda #$23
    sta ptr+1
    lda #$C0
    sta ptr
    ldy #1
nt1:
    jsr address
    lda $2007
    lda $2007
    cmp (at),y
    bne differ
    lda ptr+1
    clc
    adc #4
    sta ptr+1
    iny
    cpy #5
    bne nt1
    dey
    jmp leave

; differ: A is not parameter Y
differ:
    sta got
    lda (at),y
    sta want
    jmp fail

; eq VALUE: A is that value
eq:
    sta got
    pla
    sta at
    pla
    sta at+1
    ldy #1
    lda got
    cmp (at),y
    bne differ
    jmp leave

; irq VALUE: the IRQ came there
irq:
    lda position
    jmp eq

; within: the IRQ came in the slide, but not at its start
within:
    pla
    sta at
    pla
    sta at+1
    lda position
    sta got
    ldy #0
    sty want
    cmp #2
    bcc outside
    cmp #$FF
    beq outside
    jmp leave
outside:
    jmp fail

; frame MASK: waits for vertical blank, then writes $2001; the next instruction comes about 30 cycles after its begin
frame:
    pla
    sta at
    pla
    sta at+1
    bit $2002
frame1:
    bit $2002
    bpl frame1
    ldy #1
    lda (at),y
    sta $2001
    jmp leave

; ramput PAGE, COUNT, KEY: writes cells of pages of RAM, one for each address line
; ram PAGE, COUNT, KEY: checks them
ramput:
    pla
    sta at
    pla
    sta at+1
    jsr cells
fill:
    jsr mix
    sta (ptr),y
    jsr further
    bne fill
    ldy #3
    jmp leave
ram:
    pla
    sta at
    pla
    sta at+1
    jsr cells
verify:
    jsr mix
    sta want
    lda (ptr),y
    sta got
    cmp want
    bne ramfail
    jsr further
    bne verify
    ldy #3
    jmp leave
ramfail:
    jmp fail

cells:
    ldy #1
    lda (at),y
    sta ptr+1
    iny
    lda (at),y
    sta count
    iny
    lda (at),y
    sta key
    lda #0
    sta ptr
    ldy #0
    rts
; mix: the value of a cell
mix:
    tya
    eor ptr+1
    eor key
    rts
; further: offsets 0, 1, 2, 4 ... 128, then the next page
further:
    tya
    bne double
    iny
    rts
double:
    asl
    tay
    bne on
    inc ptr+1
    dec count
on:
    rts

; serial LOW, HIGH, VALUE: five writes of one bit, the lowest first
serial:
    pla
    sta at
    pla
    sta at+1
    ldy #1
    lda (at),y
    sta ptr
    iny
    lda (at),y
    sta ptr+1
    iny
    lda (at),y
    sta got
    ldx #5
    ldy #0
serial1:
    lda got
    sta (ptr),y
    lsr
    sta got
    dex
    bne serial1
    ldy #3
    jmp leave

; ppu LOW, HIGH, VALUE: a byte of the PPU's memory
ppu:
    pla
    sta at
    pla
    sta at+1
    jsr ppuaddress
    lda $2007
    lda $2007
    iny
    cmp (at),y
    bne ppuwrong
    jmp leave
ppuwrong:
    jmp differ

; pputouch LOW, HIGH: reads a byte
pputouch:
    pla
    sta at
    pla
    sta at+1
    jsr ppuaddress
    lda $2007
    jmp leave

; ppuaddress: the PPU address is the parameters LOW, HIGH
ppuaddress:
    ldy #1
    lda (at),y
    sta ptr
    iny
    lda (at),y
    sta ptr+1
    jmp address

; ppuput LOW, HIGH, VALUE
ppuput:
    pla
    sta at
    pla
    sta at+1
    jsr ppuaddress
    iny
    lda (at),y
    sta $2007
    jmp leave

; clock RISES: of PPU A12
clock:
    pla
    sta at
    pla
    sta at+1
    ldy #1
    lda (at),y
    sta count
rise:
    lda #$00
    sta ptr
    sta ptr+1
    jsr address
    lda #$10
    sta ptr+1
    jsr address
    dec count
    bne rise
    ldy #1
    jmp leave

; wait: 5 X + 1284 (Y - 1) + 15 cycles with the JSR
wait:
    dex
    bne wait
    dey
    bne wait
    rts

; slide: awaits an IRQ
slide:
    cli
slide0:
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    sei
    lda #$FF
    sta position
    rts

; An IRQ: from the slide back to the script.
interrupt:
    pla
    pla
    sec
    sbc #<slide0
    sta position
    pla
    rts

; say: a text in zero page pointer ptr, into the report
say:
    ldy #0
say1:
    lda (ptr),y
    beq say2
    jsr put
    iny
    bne say1
say2:
    rts
put:
    ldx place
    sta report,x
    inc place
    rts
; hex: A as two digits, after a blank
hex:
    pha
    lda #' '
    jsr put
    pla
hex2:
    pha
    lsr
    lsr
    lsr
    lsr
    jsr digit
    pla
    and #$0F
digit:
    cmp #10
    bcc low
    adc #6
low:
    adc #$30
    jmp put

test:
    lda #0
    sta place
    lda #<word
    sta ptr
    lda #>word
    sta ptr+1
    jmp say

fail:
    jsr test
    lda #<bad
    sta ptr
    lda #>bad
    sta ptr+1
    jsr say
    lda name
    sta ptr
    lda name+1
    sta ptr+1
    jsr say
    lda at+1
    jsr hex
    lda at
    jsr hex2
    lda got
    jsr hex
    lda want
    jsr hex
    lda #1
    ldx #$16
    jmp show

pass:
    jsr test
    lda #<good
    sta ptr
    lda #>good
    sta ptr+1
    jsr say
    lda #0
    ldx #$2A

; show: the report on the screen and at $6000. A: the status, X: the colour
show:
    pha
    lda #$3F
    sta $2006
    lda #0
    sta $2006
    stx $2007
    ldx place
    sta report,x
    lda #$20
    sta $2006
    lda #$42
    sta $2006
    ldx #0
show1:
    lda report,x
    beq show2
    sta $2007
    inx
    bne show1
show2:
    lda #0
    sta $2006
    sta $2006
    lda #status
    beq stop
    lda #$FF
    sta $6000
    lda #$DE
    sta $6001
    lda #$B0
    sta $6002
    lda #$61
    sta $6003
    ldx #0
show3:
    lda report,x
    sta $6004,x
    beq show4
    inx
    bne show3
show4:
    pla
    sta $6000
stop:
    jmp stop

; Two words each: with ROM at $6000, a judge of RAM would see whole ones there.
word:
    .byte 'T', 'e', 's', 't', 0
good:
    .byte 'P', 'a', 's', 's', 0
bad:
    .byte 'F', 'a', 'i', 'l', ' ', 0
";

; Checks of banks, nametables, bytes and RAM.

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

; inram LENGTH, CODE: copies code to RAM and calls it
inram:
    pla
    sta at
    pla
    sta at+1
    ldy #1
    lda (at),y
    sta count
    ldx #0
inram1:
    iny
    lda (at),y
    sta $0300,x
    inx
    dec count
    bne inram1
    tya
    pha
    jsr $0300
    pla
    tay
    jmp leave

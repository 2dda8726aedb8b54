; Start-up, and what all checks use.

ptr = $00           ; an address
want = $02          ; what is expected: the three bytes of a signature
got = $05           ; what was found
at = $06            ; the last byte of the JSR of the check
name = $08          ; the text of the section
count = $0A
key = $0B
place = $0C         ; of the next letter of the report
position = $0E      ; of the instruction in the slide that an IRQ came before
sections = $0F      ; how many were begun
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
    sta sections
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

; all COUNT: all sections were begun; with a broken address line, the CPU may leave out a part of the script
all:
    lda sections
    jmp eq

; section TEXT, 0
section:
    inc sections
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

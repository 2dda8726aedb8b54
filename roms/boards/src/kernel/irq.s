; IRQs: delays, the slide, the handler, and checks of where it came.

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

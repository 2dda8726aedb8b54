; The report.

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

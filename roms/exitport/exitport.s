; A program that ends by a write to $4018, where a console has nothing.
; SPDX-License-Identifier: MIT OR Apache-2.0
;
; NROM-128. After its work it writes 0 to $4018, or 1 if the sum is wrong, and then $55 again and again: only the first
; write counts. All of them are made by a routine that has run thousands of times before, with another register as its
; target, so that an engine that compiles what runs often makes them in compiled code.

.linecont +
.include "../include/nes.inc"
.include "../include/header.inc"

nes2_header 0, 1, 1, MIRROR_VERTICAL, 0

.include "../include/selftest.inc"
.include "../include/startup.inc"

EXIT_PORT = $4018

.segment "CODE"
.proc main
    jsr self_test
    pha
    lda #0
    tay
warm:
    ldx #<DMC_RAW               ; a level of 0, which it has already
    jsr store
    iny
    bne warm
    dec temp
    bne warm
    pla
    ldx #<EXIT_PORT
    jsr store
:   lda #$55
    jsr store
    jmp :-
.endproc

; Writes A to $4000 + X.
.proc store
    sta $4000, x
    rts
.endproc

.segment "CHR0"
    .res $1000

.segment "VECTORS"
    .addr nmi, reset, irq_ignore

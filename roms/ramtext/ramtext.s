; A program that leaves its verdict in RAM as text, as those of llvm-mos do under test.
; SPDX-License-Identifier: MIT OR Apache-2.0
;
; NROM-128. After its work it copies TestPass to $0300, or TestFail if the sum is wrong, and waits. In ROM the words
; are there from the beginning: only RAM counts.

.linecont +
.include "../include/nes.inc"
.include "../include/header.inc"

nes2_header 0, 1, 1, MIRROR_VERTICAL, 0

.include "../include/selftest.inc"
.include "../include/startup.inc"

.segment "BSS"
verdict:     .res 8
.assert verdict = $0300, lderror, "verdict moved: README names $0300"

.segment "RODATA"
words:
    .byte "TestPass", "TestFail"

.segment "CODE"
.proc main
    jsr self_test
    asl a
    asl a
    asl a
    tay                         ; 0, or 8 for the second word
    ldx #0
:   lda words, y
    sta verdict, x
    iny
    inx
    cpx #8
    bne :-
:   jmp :-
.endproc

.segment "CHR0"
    .res $1000

.segment "VECTORS"
    .addr nmi, reset, irq_ignore

#!/usr/bin/env python3
"""Makes kick.inc, the demo's bass drum for the DMC channel.

SPDX-License-Identifier: MIT OR Apache-2.0

The DMC plays delta modulation: each bit moves a 7-bit level up (1) or down (0) by 2, the
lowest bit of a byte first (https://www.nesdev.org/wiki/APU_DMC). The drum is a sine that
falls from 170 Hz to 45 Hz while it fades. As many bits go up as down, so that the level
ends where it began and a thousand drums later it is still there.

The output is committed: run this only to change the drum (python3 dpcm.py > kick.inc).
"""

from math import exp, pi, sin

RATE = 1789772.727 / 106  # $4010 = $0C: one bit each 106 CPU cycles
LENGTH = 257  # bytes; $4013 counts (LENGTH - 1) / 16
START = 48  # the level that $4011 sets

level, phase, bits = START, 0.0, []
for n in range(LENGTH * 8):
    t = n / RATE
    phase += 2 * pi * (45 + 125 * exp(-t * 38)) / RATE
    wanted = START + 44 * exp(-t * 22) * sin(phase)
    up = wanted > level if n % 2 else wanted >= level
    up = (up or level < 2) and level <= 125
    left = LENGTH * 8 - n
    if abs(level - START) // 2 >= left:  # just enough bits left to walk home
        up = level < START
    level += 2 if up else -2
    bits.append(int(up))
assert level == START

print("; Bass drum, made by dpcm.py: do not edit.")
print("; SPDX-License-Identifier: MIT OR Apache-2.0")
data = [sum(bit << i for i, bit in enumerate(bits[b : b + 8])) for b in range(0, len(bits), 8)]
for row in range(0, LENGTH, 16):
    print("    .byte " + ", ".join(f"${byte:02X}" for byte in data[row : row + 16]))

#!/usr/bin/env bash
# Counts host instructions with callgrind, which other work on the host does not disturb: per frame of Ricojit, of libretro
# cores and of tetanes-core, and per guest instruction.
#
#   benches/instructions.sh games [GAME.nes ...]          Ricojit in four modes, frames 6000 to 9000, input benches/pad.txt
#   benches/instructions.sh peer CORE.so [GAME.nes ...]   a libretro core, frames 300 to 500, no input
#   benches/instructions.sh tetanes [ROM.nes ...]         Ricojit (JIT) and tetanes-core, frames 600 to 660, same input
#   benches/instructions.sh kernels                       both engines on six small loops
#
# The default is the seven games of ../shared/roms (or the folder in RICOJIT_ROMS); for tetanes it is roms/*.nes, and the
# compiler thread is included.
#
# A result is the slope between two lengths of a run, so that the start does not count. For the games, the cost of compiling
# code that becomes hot between the two lengths has its own column, and Ricojit compiles synchronously (--jit-sync). callgrind
# has no AVX-512: the AVX2 paths are measured. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "valgrind is missing (Debian: apt-get install valgrind)" >&2; exit 1; }
cargo=${CARGO:-cargo}
pad=benches/pad.txt
ricojit=target/release/ricojit

usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 2
}

profile=$(mktemp)
trap 'rm -f "$profile"' EXIT

# The instructions of one run of the command; leaves its profile.
instructions() {
    # --smc-check: notice code that was compiled during the run. callgrind counts `rep stosb` and `rep movsb` once per
    # byte: memset and memcpy must not use them, or a merged memset looks like a thousand instructions more.
    LC_ALL=C GLIBC_TUNABLES=glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000 \
        valgrind --tool=callgrind --smc-check=all --callgrind-out-file="$profile" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# The instructions of the last run that were spent on compiling.
compiling() {
    # The function is listed twice, alone and with inlined code: take the larger. The warnings are about missing line numbers.
    LC_ALL=C callgrind_annotate --inclusive=yes --threshold=100 "$profile" 2>/dev/null |
        awk '/ricojit_recompiler::compiling::compile / { gsub(",", "", $1); if ($1 + 0 > n) n = $1 + 0 } END { print n + 0 }'
}

# slope FROM TO COMMAND...: the instructions per unit of length; @ in the command is replaced by the length.
slope() {
    local from=$1 to=$2 a b
    shift 2
    a=$(instructions "${@//@/$from}")
    b=$(instructions "${@//@/$to}")
    awk -v a="$a" -v b="$b" -v n=$((to - from)) 'BEGIN { printf "%.1f\n", (b - a) / n }'
}

# Like slope, but two numbers: without compiling, and compiling.
slopes() {
    local from=$1 to=$2 a b compile_a compile_b
    shift 2
    a=$(instructions "${@//@/$from}")
    compile_a=$(compiling)
    b=$(instructions "${@//@/$to}")
    compile_b=$(compiling)
    awk -v all=$((b - a)) -v compile=$((compile_b - compile_a)) -v n=$((to - from)) \
        'BEGIN { printf "%.0f %.0f\n", (all - compile) / n, compile / n }'
}

# The named ROMs, or the seven games.
games() {
    local corpus=${RICOJIT_ROMS:-../shared/roms}/games/tetanes
    roms=("$@")
    [ $# -gt 0 ] || roms=("$corpus"/{alter_ego,blade_buster,from_below,owlia,super_painter,mad_wizard,assimilate}.nes)
}

build() {
    "$cargo" build --quiet --release --locked "$@"
}

# name FIGURE...: a line of whole numbers.
line() {
    printf '%-14s' "$1"
    shift
    printf ' %12.0f' "$@"
    printf '\n'
}

count_games() {
    games "$@"
    build
    local solo=("$ricojit" bench --solo --warmup 0 --frames @ --input "$pad" --jit-sync)
    echo "host instructions per frame (frames 6000 to 9000, $pad; RGBA, 44.1 kHz; idle loops skipped)"
    printf '%-14s %12s %12s %12s %12s %12s\n' game "jit, full" no-video bare compiling "interp, full"
    for rom in "${roms[@]}"; do
        local full silent bare interp
        full=$(slopes 6000 9000 "${solo[@]}" --engine jit --mode full "$rom")
        silent=$(slopes 6000 9000 "${solo[@]}" --engine jit --mode no-video "$rom")
        bare=$(slopes 6000 9000 "${solo[@]}" --engine jit --mode bare "$rom")
        interp=$(slopes 6000 9000 "${solo[@]}" --engine interp --mode full "$rom")
        line "$(basename "$rom" .nes)" "${full% *}" "${silent% *}" "${bare% *}" "${full#* }" "${interp% *}"
    done
}

count_peer() {
    [ $# -gt 0 ] || usage
    local core=$1
    shift
    games "$@"
    build
    echo "host instructions per frame of $(basename "$core") (frames 300 to 500, no input)"
    for rom in "${roms[@]}"; do
        line "$(basename "$rom" .nes)" \
            "$(slope 300 500 "$ricojit" bench --solo --peer "$core" --warmup 0 --frames @ "$rom")"
    done
}

count_tetanes() {
    local roms=("$@") peer ours theirs
    [ $# -gt 0 ] || roms=(roms/*.nes)
    peer=$("$cargo" bench --locked --bench peer --no-run 2>&1 | sed -n 's/.*benches\/peer.rs (\(.*\))/\1/p')
    echo "host instructions per frame (frames 600 to 660, $pad; palette indices, 48 kHz)"
    printf '%-14s %12s %12s %8s\n' ROM ricojit tetanes-core ratio
    for rom in "${roms[@]}"; do
        ours=$(slope 600 660 "$peer" solo ricojit @ "$rom")
        theirs=$(slope 600 660 "$peer" solo tetanes-core @ "$rom")
        awk -v name="$(basename "$rom" .nes)" -v ours="$ours" -v theirs="$theirs" \
            'BEGIN { printf "%-14s %12.0f %12.0f %8.2f\n", name, ours, theirs, theirs / ours }'
    done
}

count_kernels() {
    local interp
    build --package ricojit-kernels
    echo "host instructions per guest instruction (the bus is 64 KiB of memory)"
    printf '%-14s %12s %12s\n' kernel interp jit
    for kernel in copy multiply oam sieve jump call; do
        interp=$(slope 500000 1500000 target/release/kernels interp "$kernel" @)
        printf '%-14s %12s %12s\n' "$kernel" "$interp" \
            "$(slope 1000000 3000000 target/release/kernels jit "$kernel" @)"
    done
}

what=${1:-}
[ $# -eq 0 ] || shift
case $what in
    games) count_games "$@" ;;
    peer) count_peer "$@" ;;
    tetanes) count_tetanes "$@" ;;
    kernels) count_kernels ;;
    *) usage ;;
esac

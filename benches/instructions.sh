#!/usr/bin/env bash
# Host instructions, counted by callgrind: for a frame, ours and that of tetanes-core, and for a guest instruction of
# both engines' kernels. Other work on the machine cannot disturb them.
#
#   benches/instructions.sh [ROM.nes ...]       default: roms/*.nes
#
# A figure is the slope between two lengths of a run, so that starting does not count. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "valgrind is missing (Debian: apt-get install valgrind)" >&2; exit 1; }
cargo=${CARGO:-cargo}
roms=("$@")
[ $# -gt 0 ] || roms=(roms/*.nes)

# Instructions of one run of the command.
instructions() {
    # Code that was compiled while running must be seen (--smc-check); the profile itself is not wanted.
    LC_ALL=C valgrind --tool=callgrind --smc-check=all --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# slope FROM TO COMMAND...: what one more costs; @ in the command stands for the length.
slope() {
    local from=$1 to=$2 a b
    shift 2
    a=$(instructions "${@//@/$from}")
    b=$(instructions "${@//@/$to}")
    awk -v a="$a" -v b="$b" -v n=$((to - from)) 'BEGIN { printf "%.1f\n", (b - a) / n }'
}

"$cargo" build --quiet --release --locked
"$cargo" build --quiet --release --locked --package recompiler --example kernels
peer=$("$cargo" bench --locked --bench peer --no-run 2>&1 | sed -n 's/.*benches\/peer.rs (\(.*\))/\1/p')

echo "host instructions a frame (frames 120 to 180, picture and sound, no input)"
printf '%-14s %12s %12s %12s %8s\n' ROM "ricojit run" ricojit tetanes-core ratio
for rom in "${roms[@]}"; do
    run=$(slope 120 180 target/release/ricojit run "$rom" --frames @)
    ours=$(slope 120 180 "$peer" solo ricojit @ "$rom")
    theirs=$(slope 120 180 "$peer" solo tetanes-core @ "$rom")
    awk -v name="$(basename "$rom" .nes)" -v run="$run" -v ours="$ours" -v theirs="$theirs" \
        'BEGIN { printf "%-14s %12.0f %12.0f %12.0f %8.2f\n", name, run, ours, theirs, theirs / ours }'
done

echo
echo "host instructions a guest instruction (interpreter and recompiler, 64 KiB of memory as their bus)"
printf '%-14s %12s %12s\n' kernel interp jit
for kernel in copy multiply oam sieve jump call; do
    interp=$(slope 500000 1500000 target/release/examples/kernels interp "$kernel" @)
    printf '%-14s %12s %12s\n' "$kernel" "$interp" "$(slope 1000000 3000000 target/release/examples/kernels jit "$kernel" @)"
done

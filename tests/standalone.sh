#!/usr/bin/env bash
# Executables that are one game, made of the runtime without a compiler. After `strip`, in a folder with the libraries that
# `ldd` lists and nothing else (so no /proc), they must give the digests of `ricojit run`; one for AArch64 does under QEMU.
# Needs root for the folder, or a kernel that lets anyone be root in a namespace.
set -euo pipefail
cd "$(dirname "$0")/.."

frames=300
most_bytes=$((10 << 20))
least_native_share=0.9
corpus="${RICOJIT_ROMS:-../shared/roms}/games"

binaries="${CARGO_TARGET_DIR:-target}"
ricojit="$binaries/debug/ricojit"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

# `make runtime` builds it; it contains no compiler.
if ${CARGO:-cargo} tree --locked -p ricojit-cli --no-default-features --features audio,window -e normal --prefix none |
    grep '^cranelift-'; then
    fail "the runtime must not depend on the packages above"
fi
make runtime
runtime="$binaries/release/ricojit-runtime"

# Cranelift takes a minute without optimisation, and is fast enough so for small ROMs.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
build=("${CARGO:-cargo}" build --locked -p ricojit-cli --no-default-features)
"${build[@]}" --features aarch64

digests() {
    grep -E '"(frame|audio|state)_hash"' <<<"$1" | tr -d ' ,'
}

# check NAME REPORT EXPECTED: equal digests, and native code.
check() {
    [ "$(digests "$2")" = "$(digests "$3")" ] || fail "$1 has other results than run: $2"
    share=$(sed -n 's/.*"native_share": \([0-9.]*\).*/\1/p' <<<"$2")
    awk "BEGIN { exit !(0${share:-} >= $least_native_share) }" || fail "$1: too few cycles are native: $2"
    echo "$1: equal results, native share $share"
}

# The first ROM of the corpus on a board.
on_board() {
    find "$corpus" -name '*.nes' | sort | while read -r rom; do
        if "$ricojit" info "$rom" --json | grep -q "\"mapper\": $1,"; then
            echo "$rom"
            break
        fi
    done
}

roms=(roms/demo.nes roms/banks.nes)
if [ -d "$corpus" ]; then
    roms+=("$(on_board 1)" "$(on_board 4)")
elif [ "${CI:-}" = true ]; then
    fail "$corpus is missing"
fi

in_folder() {
    if [ "$(id -u)" = 0 ]; then chroot "$@"; else unshare --map-root-user chroot "$@"; fi
}

run=(--headless --frames $frames --json)
for rom in "${roms[@]}"; do
    root="$folder/$(basename "$rom")"
    mkdir "$root"
    "$ricojit" compile "$rom" --standalone --runtime "$runtime" -o "$root/game"
    payload=$(($(stat -c %s "$rom") + $("$ricojit" compile "$rom" --no-output --json | sed -n 's/.*"image_bytes": \([0-9]*\).*/\1/p')))
    bytes=$(($(stat -c %s "$root/game") - payload))
    [ $bytes -le $most_bytes ] || fail "$rom: the executable has $bytes bytes besides the ROM and its image"
    strip "$root/game"
    # vdso has no file.
    for library in $(ldd "$root/game" | grep -oE '/[^ )]+'); do
        mkdir -p "$root$(dirname "$library")"
        cp "$library" "$root$library"
    done
    expected=$("$ricojit" run "$rom" --frames $frames --json --engine interp)
    check "$rom" "$(in_folder "$root" /game "${run[@]}")" "$expected"
done
echo "the runtime adds $bytes bytes"

target=aarch64-unknown-linux-gnu
if command -v rustup >/dev/null; then rustup target add "$target"; fi
"${build[@]}" --target "$target"
# Unoptimised and under QEMU, a frame takes long.
frames=60
run=(--headless --frames $frames --json)
for rom in roms/demo.nes roms/banks.nes; do
    "$ricojit" compile "$rom" --standalone --target aarch64 --runtime "$binaries/$target/debug/ricojit" -o "$folder/game"
    expected=$("$ricojit" run "$rom" --frames $frames --json --engine interp)
    check "$rom on AArch64" "$(qemu-aarch64-static -L /usr/aarch64-linux-gnu "$folder/game" "${run[@]}")" "$expected"
done
if "$ricojit" compile roms/demo.nes --standalone --target aarch64 --runtime "$runtime" -o "$folder/no" 2>&1; then
    fail "a runtime for this host was taken for AArch64"
fi

#!/usr/bin/env bash
# Images for AArch64: compiled on this host, and run by QEMU in a program without a compiler. Pictures, sound and states
# must be those of the interpreter on this host, and almost all cycles native. Programs for one architecture must refuse
# images for the other.
set -euo pipefail
cd "$(dirname "$0")/.."

frames=120
least_native_share=0.95

target=aarch64-unknown-linux-gnu
if command -v rustup >/dev/null; then rustup target add "$target"; fi
# Cranelift takes a minute without optimisation, and is fast enough so for small ROMs.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
build=("${CARGO:-cargo}" build --locked -p ricojit-cli --no-default-features)
"${build[@]}" --features aarch64
"${build[@]}" --target "$target"

binaries="${CARGO_TARGET_DIR:-target}"
here=("$binaries/debug/ricojit")
there=(qemu-aarch64-static -L /usr/aarch64-linux-gnu "$binaries/$target/debug/ricojit")
images=$(mktemp -d)
trap 'rm -r "$images"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

# The digests of a report.
digests() {
    grep -E '"(frame|audio|state)_hash"' <<<"$1" | tr -d ' ,'
}

for rom in roms/*.nes; do
    for architecture in aarch64 x86_64; do
        "${here[@]}" compile "$rom" --target $architecture -o "$images/$architecture"
    done
    run=(run "$rom" --frames $frames --json --engine)
    expected=$("${here[@]}" "${run[@]}" interp)
    found=$("${there[@]}" "${run[@]}" aot --image "$images/aarch64")
    [ "$(digests "$found")" = "$(digests "$expected")" ] || fail "$rom: AArch64 code has other results: $found"
    share=$(sed -n 's/.*"native_share": \([0-9.]*\).*/\1/p' <<<"$found")
    awk "BEGIN { exit !(0${share:-} >= $least_native_share) }" || fail "$rom: too few cycles are native: $found"
    echo "$rom: equal results, native share $share"

    refused() {
        if said=$("$@" 2>&1) || ! grep -q 'the image is for .* but this host is' <<<"$said"; then
            fail "not refused: $*: $said"
        fi
    }
    refused "${here[@]}" "${run[@]}" aot --image "$images/aarch64"
    refused "${there[@]}" "${run[@]}" aot --image "$images/x86_64"
done

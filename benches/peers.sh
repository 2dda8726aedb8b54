#!/usr/bin/env bash
# Compares Ricojit with Nestopia and FCEUmm, and prints the tables of benches/README.md: half an hour on a quiet machine.
#
#   benches/peers.sh [OPTION ...]        e.g. --rounds 1 --frames 3000; see `ricojit bench --help`
#
# Downloads the cores once to target/peers: Nestopia from Debian's libretro-nestopia (unpacked, not installed), FCEUmm from
# the wheel of stable-retro on PyPI. Games: seven of ../shared/roms (or the folder in RICOJIT_ROMS), with the input of
# benches/pad.txt. The results are in target/peers/peers.txt and peers.json.
set -euo pipefail
cd "$(dirname "$0")/.."

games=(alter_ego blade_buster from_below owlia super_painter mad_wizard assimilate)
folder=target/peers
corpus=$(realpath "${RICOJIT_ROMS:-../shared/roms}")/games/tetanes
mkdir -p "$folder"

if [ ! -f "$folder/nestopia_libretro.so" ]; then
    (cd "$folder" && apt-get download -q libretro-nestopia && dpkg -x libretro-nestopia_*.deb nestopia)
    mv "$folder"/nestopia/usr/lib/*/libretro/nestopia_libretro.so "$folder"
    rm -r "$folder/nestopia" "$folder"/libretro-nestopia_*.deb
fi
if [ ! -f "$folder/fceumm_libretro.so" ]; then
    pip download -q --no-deps --dest "$folder" stable-retro
    python3 -m zipfile -e "$folder"/stable_retro-*.whl "$folder/stable_retro"
    mv "$folder/stable_retro/stable_retro/cores/fceumm_libretro.so" "$folder"
    rm -r "$folder/stable_retro" "$folder"/stable_retro-*.whl
fi

"${CARGO:-cargo}" build --quiet --release --locked
bench=("$PWD/target/release/ricojit" bench --peer nestopia_libretro.so --peer fceumm_libretro.so
    --input "$PWD/benches/pad.txt" --json peers.json "$@")
cd "$folder"
# Links with short names to the games.
for game in "${games[@]}"; do
    ln -sf "$corpus/$game.nes" "$game.nes"
done
"${bench[@]}" "${games[@]/%/.nes}" | tee peers.txt

# A table for each start: frames per second, and the ratio to Nestopia with picture and sound.
echo
awk '
    function commas(n) { return n < 1000 ? n : sprintf("%s,%03d", commas(int(n / 1000)), n % 1000) }
    function cell(ratio, speed) { return speed == "" ? " |" : sprintf(" %s (%.1f) |", commas(speed), ratio) }
    function rule(n) { row = "|"; while (n-- > 0) row = row "---|"; return row }
    $2 == "mode" {
        games[++block] = $1; sub(/\.nes$/, "", games[block])
        from[block] = $0; sub(/.*pictures +/, "", from[block])
        next
    }
    block && NF >= 6 && $2 ~ /^(full|no-video|bare)$/ {
        key = $1 ", " $2
        if (!(key in known)) { known[key] = 1; keys[++n] = key }
        speed[block, key] = $3; ratio[block, key] = $4
    }
    END {
        for (start = 1; start <= 2; start++) {
            printf "| %s |", from[start]
            for (k = 1; k <= n; k++) printf " %s |", keys[k]
            printf "\n%s\n", rule(n + 1)
            for (b = start; b <= block; b += 2) {
                printf "| %s |", games[b]
                for (k = 1; k <= n; k++) {
                    printf "%s", cell(ratio[b, keys[k]], speed[b, keys[k]])
                    product[start, k] += log(ratio[b, keys[k]])
                }
                print ""
            }
            printf "| geometric mean |"
            for (k = 1; k <= n; k++) printf " %.1f |", exp(product[start, k] / (block / 2))
            print "\n"
        }
    }' peers.txt

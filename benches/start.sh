#!/usr/bin/env bash
# How long `ricojit play` takes to show its first picture, and to run its first 600 frames at unlimited speed: on the
# interpreter, on the JIT without a cache, and with the cache on the first and on the second start.
#
#   benches/start.sh [GAME.nes ...]
#
# Milliseconds from the start of the process, under Xvfb: the least of 9 (or of ROUNDS) starts, since other work on the host
# only adds to them. The four kinds take turns. The default is roms/*.nes. Needs Xvfb and xdotool.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in Xvfb xdotool; do
    command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 1; }
done
"${CARGO:-cargo}" build --release --quiet -p ricojit-cli
ricojit=$(realpath "${CARGO_TARGET_DIR:-target}")/release/ricojit
games=("$@")
[ $# -gt 0 ] || games=(roms/*.nes)

home=$(mktemp -d)
exec {number}<> <(:)
Xvfb -displayfd "$number" -nolisten tcp -noreset -screen 0 1280x960x24 2>/dev/null &
server=$!
trap 'kill "$server"; rm -rf "$home"' EXIT
read -r display <&"$number"
export DISPLAY=:$display HOME=$home
unset WAYLAND_DISPLAY XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME

# Starts a game; prints both times.
start() {
    local journal=$home/journal begun=${EPOCHREALTIME/./} now
    rm -f "$journal"
    "$ricojit" play "$@" --silent --speed unlimited --journal "$journal" 2>/dev/null &
    now=$!
    until grep -q '^moment 600' "$journal" 2>/dev/null; do sleep 0.02; done
    xdotool key ctrl+q
    wait "$now"
    awk -v begun="$begun" '/^moment first/ { first = $4 } /^moment 600/ { all = $4 }
        END { printf "%.1f %.1f\n", (first - begun) / 1000, (all - begun) / 1000 }' "$journal"
}

# The least of each column.
least() {
    for column in 1 2; do
        cut -d' ' -f"$column" "$1" | sort -n | awk 'NR == 1 { printf " %9.0f", $1 }'
    done
}

printf '%-24s %20s %20s %20s %20s\n' "first picture, 600 frames" interpreter "no cache" "first start" "second start"
for game in "${games[@]}"; do
    rm -f "$home"/times-*
    for ((round = 0; round < ${ROUNDS:-9}; round++)); do
        rm -rf "$home/.cache"
        start "$game" --engine interp >>"$home/times-1"
        start "$game" --no-cache >>"$home/times-2"
        start "$game" >>"$home/times-3"
        start "$game" >>"$home/times-4"
    done
    printf '%-24s' "$(basename "$game" .nes)"
    for kind in 1 2 3 4; do least "$home/times-$kind"; done
    printf '\n'
done

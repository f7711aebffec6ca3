#!/bin/sh
# P5 for the three shapes of linking (cmake/Link.cmake): tests/bench/startup.sh [ROUNDS]
# Builds in build-link/, once for each shape (only the linking differs), then starts the 4-node flow of flows/p5.yaml 40
# times in each, round after round, beside an empty program that carries the same static libraries. Milliseconds for a
# whole process: median, least, greatest.
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-7}
shapes="dynamic host static"
build="build-link"
for shape in $shapes; do
    cmake -S . -B $build -DFLOWRUN_LINK="$shape" -DFLOWRUN_TESTS=OFF -DFLOWRUN_BENCH=ON >/dev/null
    cmake --build $build --parallel --target product peer_spawn peer_p5_empty >/dev/null
    cmake --install $build --prefix "$PWD/$build/$shape" >/dev/null
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
measure() {
    file=$work/$1; shift
    $build/bench/peer_spawn 40 "$@" 2>&1 | sed -n 's/^BENCH .*secs=//p' >>"$file"
}
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    measure empty $build/bench/peer_p5_empty
    for shape in $shapes; do
        measure "$shape" "$build/$shape/bin/flowrun" run -q --trace=off tests/bench/flows/p5.yaml
    done
done
printf '%-34s %8s %8s %8s %10s\n' 'ms a whole process' median min max 'of empty'
for name in empty $shapes; do
    sort -n "$work/$name" | awk -v name="$name" -v empty="$(sort -n "$work/empty" | sed -n "$(((rounds + 1) / 2))p")" '
        { t[NR] = $1 * 1000 }
        END { m = t[int((NR + 1) / 2)]; printf "%-34s %8.2f %8.2f %8.2f %10.2f\n", name, m, t[1], t[NR], empty * 1000 / m }'
done

#!/bin/sh
# Passes when a mutant is found: tests/mutants/found.sh seed|unit PROGRAM TEST…
# seed: by random flows, which name a seed that replays it. unit: by a test that draws nothing; failing is enough.
set -u
how=$1
shift
said=$(FLOWRUN_SEEDS=2000 timeout 100 "$@" 2>&1)
status=$?
[ $status -ne 0 ] || { echo "$said"; echo "not found"; exit 1; }
[ $status -lt 124 ] || [ $status -gt 127 ] || { echo "$said"; echo "it did not run to an end: $status"; exit 1; }
if [ "$how" = unit ]; then
    echo "$said" | tail -n 30
    exit 0
fi
seed=$(echo "$said" | grep -m 1 -o 'seed [0-9]*' | tr -dc 0-9)
[ -n "$seed" ] || { echo "$said"; echo "found, but no seed is named"; exit 1; }
FLOWRUN_SEED=$seed timeout 60 "$@" >/dev/null 2>&1 && { echo "seed $seed does not replay it"; exit 1; }
echo "found with seed $seed"

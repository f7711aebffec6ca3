#!/bin/sh
# Passes when a mutant is found, with a seed to replay it: tests/mutants/found.sh PROGRAM
set -u
if said=$(FLOWRUN_SEEDS=2000 timeout 200 "$1" 2>&1); then
    echo "$said"
    echo "not found in 2000 seeds"
    exit 1
fi
seed=$(echo "$said" | grep -m 1 -o 'seed [0-9]*' | tr -dc 0-9)
[ -n "$seed" ] || { echo "$said"; echo "found, but no seed is named"; exit 1; }
FLOWRUN_SEED=$seed timeout 60 "$1" >/dev/null 2>&1 && { echo "seed $seed does not replay it"; exit 1; }
echo "found with seed $seed"

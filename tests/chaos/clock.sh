#!/bin/sh
# clock.sh INJECT.so SECONDS: in the current folder with flow.yaml of tests/cases/durable-kill. The wall clock jumps forth and back by so
# much, ten times a second, while messages pass, and between one run and the next.
set -eu
inject=$1 jump=$2 kills=0
here=$(dirname "$0")
# shellcheck disable=SC1091
. "$here/oracle.sh"
: >accepted
: >dealt
while [ "$kills" -lt 5 ]; do
    seq $((kills * 1000 + 1)) $((kills * 1000 + 1000)) | sed 's/.*/{"n":&}/' >input
    env LD_PRELOAD="$inject" FLOWRUN_FAULT_CLOCK="$jump" flowrun run -q --trace=off flow.yaml <input >said 2>&1 &
    run=$!
    sleep 0.6
    kill -9 $run 2>/dev/null || :
    wait $run 2>/dev/null || :
    kills=$((kills + 1))
done
begun=$(date +%s)
judge $((kills * 100)) "$kills"
[ $(($(date +%s) - begun)) -le 60 ] || { echo "what waited was not due for a long time"; exit 1; }
[ "$(wc -l <told)" -gt "$kills" ] || { echo "nothing was accepted: nothing was tried"; exit 1; }
echo "all that was accepted was delivered"

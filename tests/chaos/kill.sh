#!/bin/sh
# kill.sh ROUNDS: in the current folder with flow.yaml of tests/cases/durable-kill. Runs it again and again, each time with new
# numbers, and kills it at another moment; then lets it come to its end. Every number that it accepted must have been done,
# byte for byte; what a kill found in flight may be done twice, and nothing else may appear.
set -eu
rounds=$1 next=1 kills=0
random=${SEED:-$$}
here=$(dirname "$0")
# shellcheck disable=SC1091
. "$here/oracle.sh"
: >accepted
: >dealt
while [ "$kills" -lt "$rounds" ]; do
    random=$(((random * 1103515245 + 12345) % 2147483648))
    last=$((next + 2000))
    seq "$next" "$last" | sed 's/.*/{"n":&}/' >input
    flowrun run -q --trace=off flow.yaml <input >/dev/null 2>&1 &
    run=$!
    # Once it has accepted something, and from 0 to 63 ms later.
    before=$(wc -l <accepted) waited=0
    until [ "$(wc -l <accepted)" -gt "$before" ] || [ "$waited" -gt 1000 ]; do sleep 0.01; waited=$((waited + 1)); done
    sleep "0.0$((random / 65536 % 64 + 10))"
    kill -9 $run 2>/dev/null || :
    wait $run 2>/dev/null || :
    next=$((last + 1)) kills=$((kills + 1))
done
# What was dealt with and not yet noted comes again: no more than a commit takes.
judge $((kills * 100)) "$kills"
[ "$(wc -l <told)" -gt "$kills" ] || { echo "nothing was accepted: nothing was tried"; exit 1; }
echo "all that was accepted was delivered"

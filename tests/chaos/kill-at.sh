#!/bin/sh
# kill-at.sh INJECT.so STEP: as kill.sh, but the process is killed at its every STEP-th write, sync and rename, the first, the second
# and so on, until one comes to its end.
set -eu
inject=$1 step=$2 next=1 kills=0
here=$(dirname "$0")
# shellcheck disable=SC1091
. "$here/oracle.sh"
: >accepted
: >dealt
for call in write fsync rename unlink; do
    at=1
    while [ "$at" -lt 100000 ]; do
        last=$((next + 19))
        seq "$next" "$last" | sed 's/.*/{"n":&}/' >input
        code=0
        timeout 60 env LD_PRELOAD="$inject" FLOWRUN_FAULT="$call:$at:-9" flowrun run -q --trace=off flow.yaml <input >said 2>&1 || code=$?
        next=$((last + 1))
        case $code in
        0) break ;;
        137) kills=$((kills + 1)) ;;
        *) echo "$call $at: exit code $code"; cat said; exit 1 ;;
        esac
        at=$((at + step))
    done
done
[ "$kills" -gt 10 ] || { echo "only $kills kills: nothing was tried"; exit 1; }
judge $((kills * 20)) "$kills"
[ -z "${CHAOS_FIGURES:-}" ] || echo "$kills kills" >&2
[ "$(wc -l <told)" -gt "$kills" ] || { echo "nothing was accepted: nothing was tried"; exit 1; }
echo "all that was accepted was delivered"

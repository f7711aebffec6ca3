#!/bin/sh
# disk.sh INJECT.so STEP: in the current folder. Every STEP-th write or sync of its store fails, with
# EIO or ENOSPC, once or from there on. It may fail, with a word, and waits for a disk that stays full until its time is up; what it
# accepted is there all the same, and a later run on a sound disk brings it to its end. After a sync that failed nothing more is
# accepted.
set -eu
inject=$1 step=$2 runs=0 failed=0 waited=0 broken=0 accepted=0
here=$(dirname "$0")
# shellcheck disable=SC1091
. "$here/oracle.sh"
cp "$here/disk.yaml" flow.yaml
seq 1 12 | sed 's/.*/{"n":&}/' >input
for fault in write:5 write:28 write:28+ fsync:5 fsync:5+ fsync:28; do
    at=1 time=
    case $fault in write:28+) time='--max-time=1s --drain-timeout=100ms' ;; esac
    while [ "$at" -lt 100000 ]; do
        rm -rf state accepted refused dealt
        : >accepted
        : >dealt
        code=0
        # shellcheck disable=SC2086  # two words, or none
        timeout 60 env LD_PRELOAD="$inject" FLOWRUN_FAULT="${fault%:*}:$at:${fault#*:}" FLOWRUN_FAULT_FILES=durable.db FLOWRUN_FAULT_COUNTS="$PWD/counts" flowrun run -q --trace=off $time flow.yaml <input >said 2>&1 || code=$?
        runs=$((runs + 1))
        case $code in
        0) ;;
        124) waited=$((waited + 1)); [ -n "$time" ] || { echo "$fault at $at: it does not end"; exit 1; } ;;
        1 | 69) failed=$((failed + 1)); [ -s said ] || { echo "$fault at $at: exit code $code without a word"; exit 1; } ;;
        *) echo "$fault at $at: exit code $code"; cat said; exit 1 ;;
        esac
        # What an emitter has no answer for, and what a later run finds of it, is twice at most.
        judge 12 2
        accepted=$((accepted + $(wc -l <told)))
        [ "$code" != 69 ] || broken=$((broken + 1))
        case $fault:$code in fsync:5*:1) echo "$fault at $at: exit code 1 after a sync that failed"; exit 1 ;; esac
        [ "$(sed -n "s/^${fault%:*} //p" counts)" -ge "$at" ] || break
        at=$((at + step))
    done
done
[ "$accepted" -gt "$runs" ] || { echo "nothing was accepted: nothing was tried"; exit 1; }
[ "$waited" -gt 0 ] || { echo "nothing ever waited for room: nothing was tried"; exit 1; }
[ "$broken" -gt 1 ] || { echo "no store was ever given up: nothing was tried"; exit 1; }
[ -z "${CHAOS_FIGURES:-}" ] || echo "$runs runs, $failed failed, $waited waited for room until their time was up, $broken of them gave the store up" >&2
echo "all that was accepted was delivered"

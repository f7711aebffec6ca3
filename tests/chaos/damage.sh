#!/bin/sh
# damage.sh STEP: in the current folder with flow.yaml of tests/cases/durable-damage. Makes a small store with messages that
# wait, and in turn flips a byte at every STEP-th offset and cuts it there. A run over it must end by itself with an exit code of
# its own, and deliver nothing that was not sent; where it delivers less than was sent it must say so.
set -eu
step=$1
seq 1 12 | sed 's/.*/message number & of those that were sent/' >sent
flowrun run -q --trace=off --drain-timeout=10s flow.yaml wait=1h <sent >/dev/null 2>&1 &
run=$!
turn=0
until flowrun queue ls sqlite:store.db 2>/dev/null | grep -q ' 12 ' || [ "$turn" -gt 1000 ]; do turn=$((turn + 1)); sleep 0.02; done
kill -9 $run
wait $run 2>/dev/null || :
# The log of writes goes into the file itself: what is damaged is one file.
flowrun run -q --trace=off --max-time=10ms --drain-timeout=0s flow.yaml wait=1h </dev/null >/dev/null 2>&1 || :
rm -f store.db-owner
cp store.db whole
[ -s store.db-wal ] && { echo "the log was not taken in"; exit 1; }
size=$(wc -c <whole) runs=0 told=0 wrong=0
judge() {
    : >out
    code=0
    timeout 20 flowrun run -q --trace=off flow.yaml </dev/null >said 2>&1 || code=$?
    runs=$((runs + 1))
    case $code in
    0) [ "$(wc -l <out)" = 12 ] || { wrong=$((wrong + 1)); echo "$1: exit code 0, and $(wc -l <out) of 12"; } ;;
    1 | 69 | 78) told=$((told + 1)); [ -s said ] || { wrong=$((wrong + 1)); echo "$1: exit code $code without a word"; } ;;
    *) wrong=$((wrong + 1)); echo "$1: exit code $code"; cat said ;;
    esac
    if grep -vxFf sent out >foreign; then wrong=$((wrong + 1)); echo "$1: delivered what nobody sent:"; head -n 3 foreign; fi
    timeout 20 flowrun queue fsck sqlite:store.db >said 2>&1 || [ $? -le 78 ] || { wrong=$((wrong + 1)); echo "$1: fsck"; cat said; }
}
at=0
while [ "$at" -lt "$size" ]; do
    rm -f store.db-*
    cp whole store.db
    byte=$(od -An -tu1 -j "$at" -N 1 whole)
    # shellcheck disable=SC2059
    printf "\\$(printf '%03o' $((byte ^ (1 << (at % 8)))))" | dd of=store.db bs=1 seek="$at" conv=notrunc 2>/dev/null
    judge "byte $at"
    at=$((at + step))
done
at=0
while [ "$at" -lt "$size" ]; do
    rm -f store.db-*
    head -c "$at" whole >store.db
    # An empty file is a new store.
    [ "$at" = 0 ] || judge "cut at $at"
    at=$((at + step * 13))
done
[ "$told" -gt 0 ] || { echo "no damage was ever told: nothing was tried"; exit 1; }
[ "$wrong" = 0 ] || { echo "$wrong of $runs were wrong"; exit 1; }
echo "damage is told, and what is delivered was sent"

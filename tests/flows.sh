#!/bin/sh
# Every flow in flows/ passes `flowrun check` and is run by a case: tests/flows.sh PROGRAM SOURCE
set -eu
program=$1 source=$2
cd "$source"
count=0 wrong=0
for flow in flows/*.yaml; do
    count=$((count + 1))
    name=${flow##*/}
    "$program" check "$flow" || { echo "$flow: does not pass 'flowrun check'"; wrong=1; }
    [ -x "$flow" ] || { echo "$flow: is not executable"; wrong=1; }
    [ -f "tests/cases/flow-${name%.yaml}/cmd" ] || { echo "$flow: no case runs it: tests/cases/flow-${name%.yaml}/cmd"; wrong=1; }
done
echo "$count flows"
[ "$count" != 0 ] && [ "$wrong" = 0 ]

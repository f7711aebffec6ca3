#!/bin/sh
# shared.sh PLUGIN.so SERVER: what a server (NATS, SQS) may do to those who share a queue there, and what they may do to one another;
# run by tests/servers/with.sh. WORKER: build/bin/queue-worker.
set -eu
plugin=$1 url=$(printenv "FLOWRUN_TEST_$2_URL")
folder=$(mktemp -d)
server=$(cat "$(printenv "FLOWRUN_TEST_$2_DATA")/pid")
finish() {
    kill -s CONT "$server" 2>/dev/null || :
    kill -9 "${producer:-}" "${sitter:-}" 2>/dev/null || :
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
fail() { echo "$*"; exit 1; }
worker() { "$WORKER" "$plugin" "$url" "$@"; }
# grows FILE: within half a minute.
grows() {
    lines=$(wc -l <"$1") waited=0
    while [ "$(wc -l <"$1")" -le "$lines" ]; do
        [ "$waited" -lt 300 ] || return 1
        waited=$((waited + 1))
        sleep 0.1
    done
}

# A server that says nothing any more is given up; what was not answered is sent again, and kept once.
: >accepted
"$WORKER" "$plugin" "$url" silent produce accepted 1 1000000 1000 & producer=$!
grows accepted || fail "nothing is accepted"
kill -s STOP "$server"
sleep 7
kill -s CONT "$server"
grows accepted || fail "it does not go on after silence"
kill "$producer"
wait "$producer" || fail "the producer has failed"
producer=
: >dealt
worker silent consume dealt || fail "the consumer has failed"
worker silent dead dealt
sort -u accepted >told
sort -u dealt >once
[ "$(comm -23 told once | wc -l)" = 0 ] || fail "$(comm -23 told once | wc -l) were lost"
[ "$(sort dealt | uniq -d | wc -l)" = 0 ] || fail "$(sort dealt | uniq -d | wc -l) came twice"

# Who was stopped for longer than his lease is told so, and does not take away what another has.
: >held
worker stale produce held 1 1 0
: >first
: >second
"$WORKER" "$plugin" "$url" stale sit first 2 >said & sitter=$!
sleep 1
kill -s STOP "$sitter"
worker stale sit second 6 >other & second=$!
sleep 5
kill -s CONT "$sitter"
wait "$second" || fail "the second has failed"
wait "$sitter" || fail "the first has failed"
sitter=
grep -q 'its lease was over' said || fail "an ack after the lease: $(cat said)"
grep -q 'it was acked' other || fail "an ack within the lease: $(cat other)"

# What kills whoever takes it is dead after so many times.
case $url in *\?*) url="$url&deliveries=2" ;; *) url="$url?deliveries=2" ;; esac
: >held
worker poison produce held 1 1 0
for number in 1 2; do
    echo "taker $number"
    : >never
    "$WORKER" "$plugin" "$url" poison sit never 60 & sitter=$!
    sleep 3
    kill -9 "$sitter"
    wait "$sitter" 2>/dev/null || :
    sitter=
done
: >dealt
worker poison consume dealt
[ ! -s dealt ] || fail "it was given out a third time"
: >dead
worker poison dead dead
[ "$(cat dead)" = 1 ] || fail "it is not among the dead: $(cat dead)"
echo "nothing was lost"

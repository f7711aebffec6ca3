#!/bin/sh
# shared.sh SERVER PLUGIN.so URL-MORE WORKER-KILLS SERVER-KILLS: in the current folder, run by tests/servers/with.sh SERVER.
#
# One process puts numbers into a queue (WORKER: build/bin/queue-worker), two take them out. Again and again one of the two is
# killed, then the server is (kill -9), then one of the two stands still until its lease is over. All the time everything goes
# on. In the end all that was accepted must have been dealt with or be a dead letter, byte for byte, and twice only as much as
# can have been in flight.
set -eu
server=$1 plugin=$2 more=$3 kills=$4 server_kills=$5
here=$(cd "$(dirname "$0")" && pwd)
name=chaos random=${SEED:-$$} per_kill=${IN_FLIGHT:-1200} standstill=${STANDSTILL:-6}
prefix=$(echo "$server" | sed 's/rabbitmq/amqp/' | tr '[:lower:]' '[:upper:]')
port=$(eval "echo \$FLOWRUN_TEST_${prefix}_PORT") data=$(eval "echo \$FLOWRUN_TEST_${prefix}_DATA")
url=$(eval "echo \$FLOWRUN_TEST_${prefix}_URL")$more
: >accepted
: >dealt
worker() { exec "$WORKER" "$plugin" "$url" "$name" "$@"; }
chance() { random=$(((random * 1103515245 + 12345) % 2147483648)); echo $((random / 65536 % $1)); }
consume() { (worker consume dealt 2>>complaints) & eval "consumer_$1=$!"; }
# progress WHY: within some seconds more is dealt with, unless there is no more.
progress() {
    before=$(wc -l <dealt) waited=0
    while [ "$(wc -l <dealt)" -le "$before" ] && kill -0 "$producer" 2>/dev/null; do
        [ "$waited" -lt 300 ] || { echo "$1: nothing goes on"; cat complaints; exit 1; }
        waited=$((waited + 1))
        sleep 0.1
    done
}
finish() { kill -9 "${producer:-}" "${consumer_1:-}" "${consumer_2:-}" 2>/dev/null || :; }
trap finish EXIT

(worker produce accepted 1 "${NUMBERS:-1000000}" 1000 2>>complaints) & producer=$!
sleep 3
consume 1
consume 2
done=0
while [ "$done" -lt "$kills" ]; do
    progress "after $done kills of a worker"
    which=$(($(chance 2) + 1))
    pid=$(eval "echo \$consumer_$which")
    sleep "0.$(chance 9)"
    kill -9 "$pid" 2>/dev/null || { echo "a worker has ended by itself"; cat complaints; exit 1; }
    wait "$pid" 2>/dev/null || :
    consume "$which"
    done=$((done + 1))
done
done=0
while [ "$done" -lt "$server_kills" ]; do
    progress "after $done kills of the server"
    sleep "0.$(chance 9)"
    sh "$here/../servers/$server.sh" kill "$data" "$port"
    sh "$here/../servers/$server.sh" start "$data" "$port"
    done=$((done + 1))
    progress "after kill $done of the server"
done
kill -STOP "$consumer_1"
sleep "$standstill"
progress "while a worker stands still"
kill -CONT "$consumer_1"
progress "after a standstill"
kill "$producer"
wait "$producer" || { echo "the producer failed"; cat complaints; exit 1; }
(worker produce accepted 999999999 1 0)
for pid in $consumer_1 $consumer_2; do wait "$pid" || { echo "a worker failed"; cat complaints; exit 1; }; done
(worker consume dealt)  # the two may have ended before the last one came
(worker dead dead)

sort -u accepted >told
sort -u dealt dead >once
missing=$(comm -23 told once | wc -l) again=$(($(wc -l <dealt) - $(sort -u dealt | wc -l)))
most=$(((kills + server_kills * 2 + 1) * per_kill))
[ -z "${CHAOS_FIGURES:-}" ] || echo "$(wc -l <told) accepted, $missing missing, $again twice, $(sort -u dead | wc -l) dead" >&2
[ "$(wc -l <told)" -gt 1000 ] || { echo "only $(wc -l <told) were accepted: little was tried"; exit 1; }
[ "$missing" = 0 ] || { echo "$missing of $(wc -l <told) accepted were not delivered"; exit 1; }
if grep -q wrong dealt dead; then echo "something is not as it was sent"; exit 1; fi
[ "$again" -le "$most" ] || { echo "$again were delivered twice, $most at most may be"; exit 1; }
grep -qx 999999999 dealt || { echo "a fresh message does not pass"; exit 1; }
echo "all that was accepted was delivered"

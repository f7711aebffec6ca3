#!/bin/sh
# rabbitmq.sh AMQP.so: what a RabbitMQ server may do to those who use it, run by tests/servers/with.sh rabbitmq. WORKER:
# build/bin/queue-worker.
set -eu
plugin=$1 url="$FLOWRUN_TEST_AMQP_URL?heartbeat=1"
port=$FLOWRUN_TEST_AMQP_PORT data=$FLOWRUN_TEST_AMQP_DATA
folder=$(mktemp -d)
server=$(cat "$data/pid")
finish() {
    kill -s CONT "$server" 2>/dev/null || :
    kill -9 "${producer:-}" 2>/dev/null || :
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
fail() { echo "$*"; exit 1; }
order() {
    HOME="$data" ERL_EPMD_PORT=$((port + 2)) RABBITMQ_CONF_ENV_FILE="$data/none" \
        /usr/lib/rabbitmq/bin/rabbitmqctl -n flowrun@localhost eval "$1" >/dev/null || fail "rabbitmqctl: $1"
}
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
produce() {
    : >accepted
    "$WORKER" "$plugin" "$url" "$1" produce accepted 1 1000000 1000 & producer=$!
    grows accepted || fail "nothing is accepted"
}
# delivered NAME: ends the producer; all that it was told is there.
delivered() {
    kill "$producer"
    wait "$producer" || fail "the producer has failed"
    : >dealt
    worker "$1" consume dealt || fail "the consumer has failed"
    worker "$1" dead dealt
    sort -u accepted >told
    sort -u dealt >once
    [ "$(comm -23 told once | wc -l)" = 0 ] || fail "$(comm -23 told once | wc -l) were lost"
}

# A server without memory takes nothing: what is sent waits, and nothing is lost.
produce blocked
order 'rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).'
sleep 2
if (lines=$(wc -l <accepted); sleep 3; [ "$(wc -l <accepted)" -gt "$lines" ]); then fail "it was not blocked"; fi
order 'rabbit_alarm:clear_alarm({resource_limit, memory, node()}).'
grows accepted || fail "it does not go on after it was blocked"
delivered blocked

# A server that says nothing any more is given up; what was not confirmed is sent again.
produce silent
kill -s STOP "$server"
sleep 5
kill -s CONT "$server"
grows accepted || fail "it does not go on after silence"
delivered silent

# A handler that takes longer than consumer_timeout loses its lease, and the queue goes on.
order 'application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 500).'
worker slow produce accepted 1 1 0
: >dealt
worker slow sit dealt 4 >said
grep -q 'its lease was over' said || fail "an ack after consumer_timeout: $(cat said)"
grep -q 'consumer_timeout: make that longer' said || fail "nobody was told of it: $(cat said)"
[ "$(cat dealt)" = 1 ] || fail "it is not given out again: $(cat dealt)"
echo "nothing was lost"

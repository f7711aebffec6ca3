#!/bin/sh
# broker.sh SERVER URL KILLS RESTARTS: in an empty folder, under with.sh SERVER. One puts
# numbers into a queue of the server, others take them. KILLS times a taker is killed and another comes; RESTARTS times the server
# is killed and started; once a taker is stopped for longer than its lease; twice the network is cut, where that can be done
# (servers/own-network.sh). All that was accepted must have been dealt with, byte
# for byte; what was in flight may be done twice, and nothing else may appear.
set -eu
server=$1 url=$2 kills=$3 restarts=$4
here=$(dirname "$0")
random=${SEED:-$$} next=1
prefix=$(echo "$server" | sed 's/rabbitmq/amqp/' | tr a-z A-Z)
data=$(printenv "FLOWRUN_TEST_${prefix}_DATA") port=$(printenv "FLOWRUN_TEST_${prefix}_PORT")
lease='lease: 2s'
[ "$server" != rabbitmq ] || lease=  # it ends with the connection
sed "s|@URL@|$url|; s|@LEASE@|$lease|" "$here/broker/flow.yaml" >flow.yaml
flowrun check flow.yaml || exit 1
: >accepted
: >dealt
: >buried
roll() { random=$(((random * 1103515245 + 12345) % 2147483648)); }
# put COUNT: as a process of its own, whose id is in `putter`.
put() {
    seq "$next" $((next + $1 - 1)) | sed 's/.*/{"n":&}/' >"input.$next"
    flowrun run -q --trace=off --only=numbers,accepted --leave flow.yaml <"input.$next" 2>>putters &
    putter=$!
    next=$((next + $1))
}
taker() {
    flowrun run -q --trace=off --only=work,dealt,buried flow.yaml </dev/null 2>>takers &
    taken=$!
}
# more FILE LINES: waits, half a minute at most, until it has so many.
more() {
    waited=0
    until [ "$(wc -l <"$1")" -ge "$2" ] || [ "$waited" -ge 3000 ]; do sleep 0.01; waited=$((waited + 1)); done
}
trap 'kill -9 $one $two $putter 2>/dev/null || :' EXIT
putter='' two=''
taker; one=$taken
taker; two=$taken
done=0
while [ "$done" -lt "$kills" ]; do
    put 300
    before=$(wc -l <dealt)
    more dealt $((before + 1))
    roll
    sleep "0.0$((random / 65536 % 64 + 10))"
    kill -9 "$one"
    wait "$one" 2>/dev/null || :
    taker; one=$two two=$taken
    wait "$putter" || { echo "who puts failed: $?"; exit 1; }
    done=$((done + 1))
done
echo "$done takers were killed"

done=0
while [ "$done" -lt "$restarts" ]; do
    put 2000
    before=$(wc -l <accepted)
    more accepted $((before + 100))
    roll
    sleep "0.0$((random / 65536 % 64 + 10))"
    sh "$here/../servers/$server.sh" kill "$data" "$port" || { echo "the server could not be killed"; exit 1; }
    sleep 0.5
    sh "$here/../servers/$server.sh" start "$data" "$port" || { echo "the server does not start again"; exit 1; }
    wait "$putter" || { echo "who puts failed: $?"; exit 1; }
    done=$((done + 1))
done
echo "$done times the server was killed"

put 1000
before=$(wc -l <dealt)
more dealt $((before + 1))
kill -STOP "$one"
sleep 4
kill -CONT "$one"
wait "$putter" || { echo "who puts failed: $?"; exit 1; }
putter=
echo "one was stopped for longer than its lease"

cuts=0
for seconds in ${FLOWRUN_OWN_NETWORK:+1 5}; do  # 5: past the lease
    before=$(wc -l <accepted)
    put 1000
    more accepted $((before + 1))  # who has no connection yet would end
    ip link set lo down
    sleep "$seconds"
    ip link set lo up
    wait "$putter" || { echo "who puts failed: $?"; exit 1; }
    putter=''
    cuts=$((cuts + 1))
done
echo "$cuts times the network was cut"

kill -TERM "$one" "$two"
wait "$one" || { echo "a taker failed: $?"; exit 1; }
wait "$two" || { echo "a taker failed: $?"; exit 1; }
one='' two=''
echo '{"n":999999999}' | flowrun run -q --trace=off --until=empty flow.yaml ||
    { echo "the last run failed: $?"; exit 1; }

grep '^{"n":[0-9]*}$' accepted | sort -u >told
flowrun queue export --dead "$url#durable" | sed 's/.*"msg":\({"n":[0-9]*}\)}$/\1/' >dead
sort dealt buried dead | uniq >once
missing=$(comm -23 told once | wc -l)
wrong=$(grep -cv '^{"n":[0-9]*}$' once || :)
again=$(($(wc -l <dealt) + $(wc -l <buried) - $(cat dealt buried | sort -u | wc -l)))
sent=$((next))
[ "$missing" = 0 ] || { echo "$missing of $(wc -l <told) accepted were not delivered"; exit 1; }
[ "$wrong" -le "$kills" ] || { echo "$wrong lines are not what was sent"; exit 1; }
# A taker has some hundred at most, and answers to as many may be under way.
most=$(((kills + 2 * restarts + 2 * cuts + 1) * 300))
[ "$again" -le "$most" ] || { echo "$again were delivered twice, $most at most may be"; exit 1; }
grep -q '999999999' once || { echo "a fresh message does not pass"; exit 1; }
[ "$(wc -l <told)" -ge $((sent - 1)) ] || { echo "only $(wc -l <told) of $sent were accepted"; exit 1; }
case $server in
rabbitmq | nats | sqs) ;;  # they keep no account
*) flowrun queue audit "$url" >audit || { cat audit; exit 1; } ;;
esac
echo "$(wc -l <told) accepted, 0 missing, $again twice"

#!/bin/sh
# Kafka: the mock cluster of librdkafka (kafka-mock.c). The verbs: server.sh; and kafka.sh tell DATA PORT COMMAND..., which has it
# do one of the things that kafka-mock.c names: exit code 1 where it could not, 2 where it does not run.
#
# It keeps everything in memory, 5 MiB a partition at the most (then the oldest goes), and its address is another after each
# start: what is killed is another cluster. It answers a fetch that finds nothing only when its time is over, makes no topics by the
# admin API, deletes no records, and asks for no password. FLOWRUN_TEST_KAFKA_MOCK: the program; else it is one on the PATH, or
# build/bin/kafka-mock of the source tree.
# shellcheck disable=SC2154
program=${FLOWRUN_TEST_KAFKA_MOCK:-$(command -v kafka-mock || echo "$(dirname "$0")/../../build/bin/kafka-mock")}
case $program in /*) ;; *) program=$PWD/$program ;; esac
missing() { [ -x "$program" ] || echo "kafka-mock (build it, with Debian's librdkafka-dev: ninja kafka-mock)"; }
# A group of its waits for almost a session's time before it has its members, whoever comes or goes.
quick='rdkafka.session.timeout.ms=5000&rdkafka.heartbeat.interval.ms=200&rdkafka.fetch.wait.max.ms=20'
url() { echo "kafka://$(sed -n 's/^address //p' "$data/log")/?$quick"; }
prepare() { [ -p "$data/control" ] || mkfifo "$data/control"; }
serve() { exec "$program" <>"$data/control"; }
ready() { grep -q '^address' "$data/log"; }
if [ "${1:-}" = tell ]; then
    data=$2
    case $(sed -n 's/^[0-9]* (.*) \([A-Za-z]\) .*/\1/p' "/proc/$(cat "$data/pid")/stat" 2>/dev/null) in '' | Z | X) exit 2 ;; esac
    shift 3
    before=$(grep -c '^done\|^failed' "$data/log") || :
    echo "$*" >"$data/control"
    tries=600
    until [ "$(grep -c '^done\|^failed' "$data/log")" -gt "$before" ]; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { echo "kafka.sh: it does not answer" >&2; exit 2; }
        sleep 0.05
    done
    [ "$(grep '^done\|^failed' "$data/log" | tail -n 1)" = "done" ] || exit 1
    exit 0
fi
. "$(dirname "$0")/server.sh"

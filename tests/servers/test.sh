#!/bin/sh
# A server starts, answers, keeps what it was given when it is killed or restarted, and leaves nothing:
# test.sh SERVER [AMQP-CLIENT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
server=$1 client=${2:-}

# leftovers FOLDER: processes that were started in it, and it itself. A process whose parent is gone may wait for its own.
leftovers() {
    for process in /proc/[0-9]*; do
        case $(readlink "$process/cwd" 2>/dev/null) in "$1"*) ;; *) continue ;; esac
        state=$(sed -n 's/^[0-9]* (.*) \([A-Za-z]\) .*/\1/p' "$process/stat" 2>/dev/null) || continue
        case $state in '' | Z | X) ;; *) echo "left: ${process#/proc/} $(tr '\0' ' ' <"$process/cmdline")" ;; esac
    done
    if [ -n "$(find "$1" -mindepth 1 2>/dev/null)" ]; then echo "left: $(find "$1" -mindepth 1)"; fi
}

nats() { "$here/nats-client" "$FLOWRUN_TEST_NATS_PORT" "$@"; }
sqs() {
    curl -sS -m 20 -H "X-Amz-Target: AmazonSQS.$1" -H 'Content-Type: application/x-amz-json-1.0' -d "$2" "http://127.0.0.1:$FLOWRUN_TEST_SQS_PORT/"
}
queue_url() { sqs GetQueueUrl '{"QueueName":"q"}' | sed 's/.*"QueueUrl":"\([^"]*\)".*/\1/'; }
psql() { command psql -X -A -t -q -v ON_ERROR_STOP=1 -d "$FLOWRUN_TEST_POSTGRES_URL" -c "$1"; }
redis() { redis-cli -u "$FLOWRUN_TEST_REDIS_URL" "$@"; }
topic() { sh "$here/kafka.sh" tell "$FLOWRUN_TEST_KAFKA_DATA" "$FLOWRUN_TEST_KAFKA_PORT" topic q 2; }

put() {
    case $server in
    kafka) topic ;;
    redis) redis xadd q '*' text kept ;;
    nats)
        nats '$JS.API.STREAM.CREATE.q' '{"name":"q","subjects":["q"]}'
        nats q kept
        ;;
    postgres) psql "create table q (text text); insert into q values ('kept')" ;;
    rabbitmq)
        "$client" "$FLOWRUN_TEST_AMQP_URL" declare q
        sleep 2  # rabbitmq.sh says why
        "$client" "$FLOWRUN_TEST_AMQP_URL" publish q kept
        ;;
    sqs)
        sqs CreateQueue '{"QueueName":"q"}' >/dev/null
        sqs SendMessage "{\"QueueUrl\":\"$(queue_url)\",\"MessageBody\":\"kept\"}"
        ;;
    esac
}
get() {
    case $server in
    redis) redis xrange q - + ;;
    nats) nats '$JS.API.STREAM.MSG.GET.q' '{"seq":1}' | sed "s/$(printf kept | base64)/kept/" ;;
    postgres) psql 'select text from q' ;;
    rabbitmq) "$client" "$FLOWRUN_TEST_AMQP_URL" get q ;;
    kafka)
        code=0; topic || code=$?
        if [ "$code" = 1 ]; then echo "it refuses a topic that it has: kept"; fi
        ;;
    sqs) sqs ReceiveMessage "{\"QueueUrl\":\"$(queue_url)\",\"VisibilityTimeout\":0}" ;;
    esac
}
kept() {
    got=$(get) || :
    case $got in *kept*) ;; *) echo "$1: what was put is gone: $got"; return 1 ;; esac
}

inside() {
    data=$(env | sed -n 's/^FLOWRUN_TEST_.*_DATA=//p') port=$(env | sed -n 's/^FLOWRUN_TEST_.*_PORT=//p')
    put
    kept "started"
    for verb in kill stop; do
        sh "$here/$server.sh" "$verb" "$data" "$port"
        if kept "after $verb" >/dev/null 2>&1; then echo "still answers after $verb"; exit 1; fi
        sh "$here/$server.sh" start "$data" "$port"
        case $server in sqs | kafka) put ;; esac  # they keep nothing
        kept "started after $verb"
    done
    sh "$here/$server.sh" restart "$data" "$port"
    case $server in sqs | kafka) put ;; esac
    kept "restarted"
    exit 5
}
if [ -n "${FLOWRUN_TEST_INSIDE:-}" ]; then inside; fi

folder=$(mktemp -d)
mkdir -m 711 "$folder/tmp"
chmod 711 "$folder"
trap 'rm -rf "$folder"' EXIT
code=0
TMPDIR=$folder/tmp FLOWRUN_TEST_INSIDE=1 sh "$here/with.sh" "$server" sh "$here/test.sh" "$server" "$client" || code=$?
if [ "$code" = 77 ]; then exit 77; fi
[ "$code" = 5 ] || { echo "exit code $code"; exit 1; }
left=$(leftovers "$folder/tmp")
[ -z "$left" ] || { echo "$left"; exit 1; }

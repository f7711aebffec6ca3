#!/bin/sh
# Runs a command with servers of its own, on loopback, with new data, and ends with its exit code:
#
#   with.sh SERVER[,SERVER...] COMMAND [ARG...]    SERVER: redis nats postgres rabbitmq sqs kafka
#
# The command finds in its environment, NAME being REDIS, NATS, POSTGRES, AMQP, SQS or KAFKA:
#   FLOWRUN_TEST_NAME_URL     what a client is given
#   FLOWRUN_TEST_NAME_PORT, FLOWRUN_TEST_NAME_DATA
#                             for `SERVER.sh kill|start|... DATA PORT` (server.sh), which may be done while clients run
#   FLOWRUN_TEST_NAME_PID     the process that was started first; later ones are in DATA/pid
#
# However this ends, kill -9 too, the servers and what is left of the command's process group end with it, and their data
# goes. The command has no terminal. INT, TERM and HUP are passed on to it, and it has 10 s to end.
#
# Where a server cannot be had it prints "skipped: ..." and exits with 77; with CI set in the environment that is a failure.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/ports.sh"
ports=0  # claim_ports sets it

[ $# -ge 2 ] || { echo "with.sh SERVER[,SERVER...] COMMAND [ARG...]" >&2; exit 64; }
servers=$(echo "$1" | tr , ' '); shift
for server in $servers; do
    case $server in
    redis | nats | postgres | rabbitmq | sqs | kafka) ;;
    *) echo "with.sh: no such server: $server" >&2; exit 64 ;;
    esac
    lack=$(sh "$here/$server.sh" missing)
    [ -n "$lack" ] || continue
    if [ -n "${CI:-}" ]; then echo "with.sh: in CI no test is skipped, and there is no $lack" >&2; exit 1; fi
    echo "skipped: there is no $lack"
    exit 77
done

# end CODE: undertaker.sh clears away once the last writer of its pipe is gone, which is this.
end() {
    trap '' INT TERM HUP
    # shellcheck disable=SC2086
    [ -z "${starts:-}" ] || kill $starts 2>/dev/null
    exec 8>&-
    tries=1200
    while [ -d "$folder" ]; do
        [ "$tries" -gt 0 ] || { echo "with.sh: not cleared away: $folder" >&2; exit 1; }
        tries=$((tries - 1))
        sleep 0.05
    done
    exit "$1"
}
folder=$(mktemp -d) || exit
chmod 711 "$folder"  # PostgreSQL runs as another user
mkfifo "$folder/life" || exit
(setsid sh "$here/undertaker.sh" "$folder" "$servers" </dev/null &)
exec 8>"$folder/life"
trap 'end 130' INT
trap 'end 143' TERM
trap 'end 129' HUP

# start_all: all at a time, each on four of the ports.
start_all() {
    starts='' port=$ports failed=0
    for server in $servers; do
        echo "$port" >"$folder/$server.port"
        sh "$here/$server.sh" start "$folder/$server" "$port" 8>&- &
        starts="$starts $!"
        port=$((port + 4))
    done
    for pid in $starts; do wait "$pid" || failed=1; done
    starts=
    return $failed
}
# A port that was free when it was chosen may be gone: somebody else's program.
attempts=3
while :; do
    claim_ports || { echo "with.sh: there are no free ports" >&2; end 1; }
    if start_all; then break; fi
    attempts=$((attempts - 1))
    [ "$attempts" -gt 0 ] && grep -qiE 'address (already )?in use|eaddrinuse' "$folder"/*/log || end 1
    for server in $servers; do sh "$here/$server.sh" remove "$folder/$server" "$(cat "$folder/$server.port")"; done
done
for server in $servers; do
    name=$(echo "$server" | sed 's/rabbitmq/amqp/' | tr '[:lower:]' '[:upper:]')
    data=$folder/$server port=$(cat "$folder/$server.port")
    export "FLOWRUN_TEST_${name}_URL=$(sh "$here/$server.sh" url "$data" "$port")" "FLOWRUN_TEST_${name}_PORT=$port" \
        "FLOWRUN_TEST_${name}_DATA=$data" "FLOWRUN_TEST_${name}_PID=$(cat "$data/pid")"
done

# The server has no Kerberos, for which libpq asks at each connection, and whose memory it leaves to the thread.
export PGGSSENCMODE=disable

# In the background, since only there a shell hears of a signal before its command has ended; with what a shell
# takes from a command in the background: its input, and INT and QUIT.
exec 3<&0
setsid env --default-signal=INT,QUIT "$@" <&3 3<&- 8>&- 9>&- &
command=$! signal='' code=0
echo "$command" >"$folder/command"
exec 3<&-
pass_on() { signal=$1; kill -s "$2" -- "-$command" 2>/dev/null; }
trap 'pass_on 130 INT' INT
trap 'pass_on 143 TERM' TERM
trap 'pass_on 129 HUP' HUP
wait "$command" || code=$?
patience=200
while [ -n "$signal" ] && [ "$patience" -gt 0 ] && kill -0 "$command" 2>/dev/null; do
    patience=$((patience - 1))
    sleep 0.05
done
end "${signal:-$code}"

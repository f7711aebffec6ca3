# For cases that need a server behind them: `. "$SRC/tests/http/behind.sh"`. All that was begun ends with the case.

behind_all='' behind_pid=''
trap 'for behind_pid in $behind_all; do kill -KILL "$behind_pid" 2>/dev/null || :; done' EXIT

# behind NAME COMMAND…: runs it in the background, its output in NAME.out and NAME.err; its process is $NAME_pid.
behind() {
    behind_name=$1; shift
    rm -f "$behind_name.out" "$behind_name.err"
    : >"$behind_name.out" && : >"$behind_name.err"
    "$@" >"$behind_name.out" 2>"$behind_name.err" </dev/null &
    behind_all="$behind_all $!"
    eval "${behind_name}_pid=$!"
}

# serve NAME FLOW [ARG…]: the same with `flowrun run`; $NAME_url is where it listens, $NAME_port the port.
serve() {
    behind_name=$1; shift
    behind "$behind_name" flowrun run --trace=off --max-time=300s "$@"
    behind_wait "$behind_name" "$behind_name.err" 'listening on http'
    eval "${behind_name}_url=\$(sed -n 's/.*listening on //p' \"\$behind_name.err\" | head -n 1)"
    eval "${behind_name}_port=\${${behind_name}_url##*:}"
}

# rude NAME STEP…: a server that keeps to no rules (peer.cc).
rude() {
    behind_name=$1; shift
    behind "$behind_name" http-peer serve "$@"
    behind_wait "$behind_name" "$behind_name.out" '^[0-9]'
    eval "${behind_name}_port=\$(cat \"\$behind_name.out\"); ${behind_name}_url=http://127.0.0.1:\$(cat \"\$behind_name.out\")"
}

# behind_wait NAME FILE EXPRESSION: until a line of FILE matches, or NAME has ended.
behind_wait() {
    behind_turn=0
    until grep -q -e "$3" "$2"; do
        eval "behind_pid=\$$1_pid"
        behind_turn=$((behind_turn + 1))
        if ! kill -0 "$behind_pid" 2>/dev/null || [ "$behind_turn" -gt 3000 ]; then
            echo "$1 does not say '$3':"; cat "$1.out" "$1.err"; exit 1
        fi
        sleep 0.02
    done
}

# finish NAME: tells it to stop and gives its exit code and its account.
finish() {
    eval "behind_pid=\$$1_pid"
    kill -TERM "$behind_pid"
    behind_code=0
    wait "$behind_pid" || behind_code=$?
    echo "$1: exit code $behind_code"
}

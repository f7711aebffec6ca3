# shellcheck shell=sh
# What every server here has in common: a process with its data in a folder. SERVER.sh defines the functions below and then
# sources this, which does what the command line asks for:
#
#   SERVER.sh start DATA PORT    on 127.0.0.1:PORT with the data that DATA holds already, or none; returns when it answers
#   SERVER.sh stop DATA PORT     ends it in order; what it keeps stays in DATA
#   SERVER.sh kill DATA PORT     kill -9, with its children
#   SERVER.sh restart DATA PORT  stop and start
#   SERVER.sh remove DATA PORT   kill, and all that is left of it goes, DATA too
#   SERVER.sh url DATA PORT      what a client is given
#   SERVER.sh missing            prints what this machine lacks to run it; nothing when it can
#
# A server may use the PORT and the three that follow. DATA/pid is its process, DATA/log what it printed since its start.
#
# It defines missing and url; serve, which becomes the server (exec) with its files in $data; ready, which succeeds once it
# answers; and may define prepare (before each start), tidy (what a process that has ended leaves) and quit (the signal
# that ends it in order: TERM).
verb=${1:-} data=${2:-} port=${3:-}
self=$0
case $data in /* | '') ;; *) data=$PWD/$data ;; esac

has() { command -v "$1" >/dev/null 2>&1; }
defines() { case $(type "$1" 2>/dev/null) in *function*) ;; *) return 1 ;; esac; }
say() { echo "${self##*/}: $*" >&2; }

# A process that has ended and that nobody has waited for counts as ended.
alive() {
    case $(sed -n 's/^[0-9]* (.*) \([A-Za-z]\) .*/\1/p' "/proc/$1/stat" 2>/dev/null) in
    '' | Z | X) return 1 ;;
    esac
}
alive_any() { for one; do if alive "$one"; then return 0; fi; done; return 1; }
running() { [ -s "$data/pid" ] && alive "$(cat "$data/pid")"; }

# tree PID: it and all below it.
tree() {
    # shellcheck disable=SC2013
    for below in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree "$below"; done
    echo "$1"
}

# gone TENTHS PID...: waits for their end.
gone() {
    tenths=$1; shift
    while alive_any "$@"; do
        [ "$tenths" -gt 0 ] || return 1
        tenths=$((tenths - 1))
        sleep 0.1
    done
}

# end SIGNAL: the signal for the server; what then still runs of it is killed.
end() {
    running || return 0
    processes=$(tree "$(cat "$data/pid")")
    # shellcheck disable=SC2086
    if [ "$1" != KILL ]; then
        kill -s "$1" "$(cat "$data/pid")"
        gone 300 $processes || say "did not end in order"
    fi
    # shellcheck disable=SC2086
    kill -s KILL $processes 2>/dev/null
    # shellcheck disable=SC2086
    gone 100 $processes || { say "cannot be killed: $processes"; return 1; }
}

start() {
    if running; then say "runs already in $data"; return 1; fi
    [ -d "$data" ] || mkdir "$data" || return 1
    : >"$data/log"  # no server is taken for ready by what the one before it printed
    if defines prepare; then prepare >"$data/log" 2>&1 || { cat "$data/log" >&2; return 1; }; fi
    # In a session of its own: neither a terminal's signals nor those to the caller's group reach it.
    setsid sh "$self" serve "$data" "$port" </dev/null >"$data/log" 2>&1 &
    echo $! >"$data/pid" || return 1
    tries=2400
    until ready 2>/dev/null; do
        if ! running || [ "$tries" = 0 ]; then
            say "does not start:"
            tail -n 30 "$data/log" >&2
            end KILL
            return 1
        fi
        tries=$((tries - 1))
        sleep 0.05
    done
}

after() { if defines tidy; then tidy; fi; }

case $verb in
missing) missing ;;
url) url ;;
serve) cd "$data" && serve ;;
start) start ;;
stop) end "${quit:-TERM}" && after ;;
kill) end KILL ;;
restart) end "${quit:-TERM}" && start ;;
remove) end KILL && after; rm -rf "$data" ;;
*) say "start | stop | kill | restart | remove | url DATA PORT, or missing"; exit 64 ;;
esac

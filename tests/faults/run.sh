#!/bin/sh
# Bad luck, systematically: small flows are run with the N-th call of one function failing (inject.cc), for each function and
# each N. A run is right when it ends in time, by itself, and either has done all of its work with exit code 0, or says in a
# line of its own what went wrong and has another exit code.
#
#   tests/faults/run.sh [-s N] [-c CALL] PROGRAM INJECT PEER [SCENARIO…]
#
# -s N: at most N places of each function, spread evenly, and none of malloc unless -c names it (then twenty times as many);
# otherwise all.
# -c CALL: only this function.
# Prints each run that was wrong, with what repeats it, and the count of runs. Exit code 1: there was one.
set -u
sample=0 only=
while getopts s:c: option; do
    case $option in
    s) sample=$OPTARG ;;
    c) only=$OPTARG ;;
    *) exit 64 ;;
    esac
done
shift $((OPTIND - 1))
program=$(realpath "$1") inject=$(realpath "$2") peer=$(realpath "$3"); shift 3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
export LC_ALL=C.UTF-8
cd "$work" || exit 1
runs=0 wrong=0

# The N-th call of this function fails in these ways: numbers of errno.h; 0 is a short read or write.
ways() {
    case $1 in
    read) echo "5 4 0" ;;            # EIO, EINTR
    write) echo "28 28+ 4 0" ;;      # ENOSPC
    open) echo "24 13" ;;            # EMFILE, EACCES
    mmap) echo 12 ;;                 # ENOMEM
    epoll_ctl) echo "12 12+" ;;
    malloc) echo 12 ;;               # where nothing is left at all, the loader ends the process: see the limits
    pthread_create) echo "11 11+" ;; # EAGAIN
    fork) echo "11 11+" ;;
    epoll_wait) echo 4 ;;
    accept) echo "24 103" ;;         # ECONNABORTED
    connect) echo "111 4" ;;         # ECONNREFUSED
    send) echo "104 0" ;;            # ECONNRESET
    recv) echo "104 0" ;;
    fsync | unlink) echo 5 ;;
    rename) echo 28 ;;
    getrandom) echo 38 ;;            # ENOSYS
    *) echo 24 ;;
    esac
}

# flowrun ARG…: under the fault of this run
flowrun() { timeout -k 1 20 "$disturbed" "$@" 2>err; }
# The program as the run is to have it: preloaded, or under a limit.
disturbed=$work/disturbed
cat >"$disturbed" <<'END'
#!/bin/sh
if [ -n "$LIMIT" ]; then
    # shellcheck disable=SC2086
    ulimit $LIMIT
    exec "$PROGRAM" "$@"
fi
LD_PRELOAD=$INJECT exec "$PROGRAM" "$@"
END
chmod +x "$disturbed"
export PROGRAM="$program" INJECT="$inject" LIMIT=
numbers() { seq "$1" | sed 's/.*/{"n":&}/'; }

# A scenario prepares, runs (its exit code is the run's), and judges with NAME_whole whether all its work is done.
write_run() { rm -f out; flowrun run --trace=off "$here/flows/write.yaml" <given >printed; }
write_whole() { sort out | cmp -s - whole_write; }
replace_run() { echo old >out; flowrun run --trace=off "$here/flows/replace.yaml" >printed; }
replace_whole() { cmp -s out given; }
replace_else() { [ "$(cat out)" = old ] || cmp -s out given; }  # where it was not: what was there before stays
exec_run() { head -n 12 given | flowrun run --trace=off "$here/flows/exec.yaml" >printed; }
exec_whole() { sort -n printed | cmp -s - whole_exec; }
serve_run() {
    rm -f out answers; : >out; : >answers; : >err
    "$disturbed" run --trace=off --drain-timeout=2s --max-time=20s "$here/flows/serve.yaml" >printed 2>err & running=$!
    until grep -q 'listening on' err; do kill -0 $running 2>/dev/null || break; sleep 0.01; done
    port=$(sed -n 's/.*listening on .*:\([0-9]*\).*/\1/p' err | head -n 1)
    for i in 1 2 3; do
        [ -z "$port" ] || timeout 5 "$peer" send "$port" "GET /$i HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" >>answers 2>/dev/null
    done
    kill -TERM $running 2>/dev/null
    turn=0
    while kill -0 $running 2>/dev/null && [ $turn -lt 200 ]; do turn=$((turn + 1)); sleep 0.02; done
    kill -KILL $running 2>/dev/null  # where it has not ended within 4 s
    wait $running 2>/dev/null
}
serve_whole() { [ "$(grep -c '^HTTP/1.1 200' answers)" -le "$(wc -l <out)" ]; }
post_run() { : >seen; head -n 6 given | flowrun run --trace=off "$here/flows/post.yaml" "url=$url" >printed; }
post_whole() { [ "$(sort -u seen | grep -c '^/[1-6]$')" = 6 ]; }
post_prepare() {
    : >peer.err
    "$program" run --trace=off "$here/flows/peer.yaml" >>seen 2>peer.err & server=$!
    until grep -q 'listening on' peer.err; do kill -0 $server || return 1; sleep 0.02; done
    url=$(sed -n 's/.*listening on //p' peer.err)
}

tell() { # what is wrong with the run
    wrong=$((wrong + 1))
    echo "$scenario, ${FLOWRUN_FAULT-$place}: $1 (exit code $code)"
    sed 's/^/    /' err | head -n 6
}
judge() {
    # what the loader and libc cannot have, they tell, and end the process before flowrun is asked
    if grep -q 'error while loading shared libraries\|memory for thread-local data\|register TLS destructor' err; then return; fi
    if [ "$code" = 124 ] || [ "$code" = 137 ]; then tell "it did not end"
    elif grep -q 'terminate called\|Sanitizer' err; then tell "it was terminated"
    elif [ "$code" -gt 128 ] && [ "$code" != 141 ]; then tell "it died"
    elif [ "$code" = 0 ]; then "${scenario}_whole" || tell "it says ok, and something is missing"
    elif ! grep -q '^flowrun: \|: error: ' err; then tell "it says nothing"
    elif command -v "${scenario}_else" >/dev/null; then "${scenario}_else" || tell "what was there before is lost"
    fi
}

# The same with too few descriptors, and with too little memory (in KiB, of the whole address space).
under_limits() {
    [ -z "$only" ] || [ "$only" = limits ] || return 0
    unset FLOWRUN_FAULT
    space=20000
    [ "$sample" = 0 ] && step=4000 || step=$((400000 / sample))
    while [ $space -lt 420000 ]; do
        run_limited -v $space
        space=$((space + step))
    done
    [ "$sample" = 0 ] && step=1 || step=$((40 / sample))
    descriptors=3
    while [ $descriptors -lt 40 ]; do
        run_limited -n $descriptors
        descriptors=$((descriptors + step))
    done
}
run_limited() {
    place="ulimit $1 $2"
    LIMIT="$1 $2"
    code=0
    "${scenario}_run" || code=$?
    runs=$((runs + 1))
    LIMIT=
    judge
}

numbers 40 >given
numbers 40 | sed 's/{"n":\(.*\)}/\1/' | awk '{ printf "{\"n\":%d,\"double\":%d}\n", $1, 2 * $1 }' | sort >whole_write
seq 12 | awk '{ print $1 $1 }' | sort -n >whole_exec

[ $# -gt 0 ] || set -- write replace exec serve post
for scenario; do
    ! command -v "${scenario}_prepare" >/dev/null || "${scenario}_prepare" || { echo "$scenario cannot be prepared"; exit 1; }
    export FLOWRUN_FAULT_COUNTS="$work/counts"
    unset FLOWRUN_FAULT
    code=0
    "${scenario}_run" || code=$?
    "${scenario}_whole" && [ "$code" = 0 ] || { echo "$scenario: without a fault: exit code $code"; cat err; exit 1; }
    mv counts all_counts || exit 1
    unset FLOWRUN_FAULT_COUNTS
    while read -r call count <&3; do
        [ -z "$only" ] || [ "$call" = "$only" ] || continue
        [ "$sample" = 0 ] || [ "$call" != malloc ] || [ "$only" = malloc ] || continue
        step=1 most=$sample
        [ "$call" != malloc ] || most=$((sample * 20))
        [ "$sample" = 0 ] || [ "$count" -le "$most" ] || step=$((count / most))
        for way in $(ways "$call"); do
            place=1
            while [ "$place" -le "$count" ]; do
                export FLOWRUN_FAULT="$call:$place:$way"
                code=0
                "${scenario}_run" || code=$?
                runs=$((runs + 1))
                judge
                place=$((place + step))
            done
        done
    done 3<all_counts
    under_limits
    echo "$scenario: $runs runs so far, $wrong wrong"
done
[ "$runs" -gt 0 ] && [ "$wrong" = 0 ]

#!/bin/sh
# Runs one black-box case: tests/cases/run.sh [-u] PROGRAM PLUGINS SOURCE CASE
#
# CASE is a folder:
#   cmd        shell lines, run by sh -eu in a fresh copy of the folder. They see $FLOWRUN (the program; `flowrun` is
#              on PATH too), $FLOWRUN_PLUGINS (the folder of its plugins) and $SRC (the source tree), none exported.
#              Give one whole command as a function of its input. A process that outlives them fails the case. A command
#              that sh starts with & ignores SIGINT: to interrupt one write `timeout -s INT 0.5 flowrun …`, or, where
#              the signal must find something done, `signal_when CONDITION SIGNAL COMMAND…`; `heeds PROCESS` waits
#              until a run listens to signals.
#   stdin      its input; absent: empty
#   stdout     what it must print, byte for byte; absent: nothing
#   stderr     likewise
#   stdout.re  instead of stdout: one extended regular expression a line, each matching the whole line
#   stderr.re  likewise
#   status     its exit code; absent: 0
#   servers    the servers that cmd needs, as tests/servers/with.sh takes them; where one cannot be had the case is skipped
#   skip       shell lines; when they succeed the case is skipped, what they print is the reason
#   timeout    seconds; absent: 60
#
# -u writes what was printed into stdout, stderr and status instead of failing; read the change before you keep it.
# Exit code: 0 as expected, 1 not, 77 skipped.
set -eu
export LC_ALL=C.UTF-8

update=
if [ "$1" = -u ]; then update=1; shift; fi
program=$1 plugins=$2 source=$3 case=$4
name=${case##*/}
[ -f "$case/cmd" ] || { echo "$case: no file 'cmd'" >&2; exit 1; }

work=$(mktemp -d)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/case" "$work/home"
cp -R "$case/." "$work/case/"

# A known environment. The sanitizers' options are those of the build that is tested, so they pass.
clean() {
    env -i PATH="${program%/*}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" HOME="$work/home" TMPDIR="$work" \
        TZ=UTC LC_ALL=C.UTF-8 USER=tester \
        ${ASAN_OPTIONS+ASAN_OPTIONS="$ASAN_OPTIONS"} ${UBSAN_OPTIONS+UBSAN_OPTIONS="$UBSAN_OPTIONS"} \
        ${TSAN_OPTIONS+TSAN_OPTIONS="$TSAN_OPTIONS"} \
        "$@"
}
# For cmd. signal_when CONDITION SIGNAL COMMAND…: runs the command, sends it the signal as soon as the shell text CONDITION
# holds (or never, where the command ends before), and has its exit code.
# heeds PROCESS: waits until that flowrun has taken over its signals (SIGTERM, bit 14, is blocked then), or has ended.
signal_when='signal_when() {
    condition=$1 signal=$2; shift 2
    env --default-signal=INT --default-signal=QUIT "$@" & command=$!
    until eval "$condition"; do kill -0 $command 2>/dev/null || break; sleep 0.01; done
    kill -s $signal $command 2>/dev/null || :
    wait $command 2>/dev/null
}
heeds() {
    until grep -q "^SigBlk:.*[4-7c-f][0-9a-f]\{3\}$" /proc/"$1"/status 2>/dev/null; do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.01
    done
}'
servers=
[ ! -f "$case/servers" ] || chmod 711 "$work"  # a server may run as another user
[ ! -f "$case/servers" ] || servers="env ${CI+CI=$CI} ${FLOWRUN_TEST_NPM+FLOWRUN_TEST_NPM=$FLOWRUN_TEST_NPM} sh $source/tests/servers/with.sh $(cat "$case/servers")"
in_case() {
    # shellcheck disable=SC2086
    clean timeout -k 15 "$1" $with sh -eu -c "$signal_when; cd \"\$5\"; FLOWRUN=\$1 FLOWRUN_PLUGINS=\$2 SRC=\$3 CASE=\$4; shift \$#; . ./$2" \
        sh "$program" "$plugins" "$source" "$case" "$work/case"
}

with=
if [ -f "$case/skip" ] && in_case 30 skip >"$work/reason" 2>&1 </dev/null; then
    echo "$name: skipped: $(cat "$work/reason")"
    exit 77
fi

limit=60
[ ! -f "$case/timeout" ] || limit=$(cat "$case/timeout")
input=/dev/null
[ ! -f "$case/stdin" ] || input=$case/stdin
with=$servers
status=0
in_case "$limit" cmd <"$input" >"$work/stdout" 2>"$work/stderr" || status=$?

if [ -n "$servers" ] && [ "$status" = 77 ]; then
    echo "$name: $(cat "$work/stdout")"
    exit 77
fi

# The processes that the case began, found by the folder in their environment: those of others name another one.
left_behind() { grep -lsazFx "TMPDIR=$work" /proc/[0-9]*/environ | cut -d/ -f3; }
wrong=
outlived() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        processes=$(left_behind)
        [ -n "$processes" ] || return 0
        sleep 0.2  # those that have just been killed, or were not waited for
    done
    for process in $processes; do
        [ ! -d "/proc/$process" ] || echo "$name: outlived by: $(tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null)"
        kill -KILL "$process" 2>/dev/null || :
    done
    wrong="$wrong processes"
}
outlived
# Rewrites the lines of $1 that the expressions in $2 match, so that a diff shows only the others.
expected_by_expression() {
    while IFS= read -r expression <&3 || [ -n "$expression" ]; do
        if IFS= read -r line <&4 && printf '%s\n' "$line" | grep -Exq -e "$expression"; then
            printf '%s\n' "$line"
        else
            printf '%s\n' "$expression"
        fi
    done 3<"$2" 4<"$1"
}
compare() {
    if [ -f "$case/$1.re" ]; then
        expected_by_expression "$work/$1" "$case/$1.re" >"$work/$1.expected"
        label=$1.re
    elif [ -n "$update" ]; then
        if [ -s "$work/$1" ]; then cp "$work/$1" "$case/$1"; else rm -f "$case/$1"; fi
        return
    elif [ -f "$case/$1" ]; then
        cp "$case/$1" "$work/$1.expected"
        label=$1
    else
        : >"$work/$1.expected"
        label="$1 (none expected)"
    fi
    cmp -s "$work/$1.expected" "$work/$1" && return
    wrong="$wrong $1"
    diff -u --label "$name/$label" --label "printed" "$work/$1.expected" "$work/$1" || :
}
compare stdout
compare stderr

expected=0
[ ! -f "$case/status" ] || expected=$(cat "$case/status")
if [ "$status" != "$expected" ]; then
    if [ -n "$update" ]; then
        if [ "$status" = 0 ]; then rm -f "$case/status"; else echo "$status" >"$case/status"; fi
    elif [ "$status" = 124 ] || [ "$status" = 137 ]; then
        wrong="$wrong status"
        echo "$name: exit code $status, $expected expected (it may have run longer than $limit s)"
    else
        wrong="$wrong status"
        echo "$name: exit code $status, $expected expected"
    fi
fi
[ -z "$wrong" ] || { echo "$name: differs in:$wrong"; exit 1; }

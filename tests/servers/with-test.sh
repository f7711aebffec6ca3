#!/bin/sh
# with.sh passes on what its command does, and leaves nothing however it ends: with-test.sh, with redis as the server.
set -u
here=$(cd "$(dirname "$0")" && pwd)
with=$here/with.sh
folder=$(mktemp -d)
chmod 711 "$folder"
trap 'rm -rf "$folder"' EXIT
export TMPDIR="$folder/tmp"
mkdir "$TMPDIR"
wrong=0
fail() { echo "with.sh: $*"; wrong=1; }
# A process that nobody has waited for has ended all the same.
ended() {
    case $(sed -n 's/^[0-9]* (.*) \([A-Za-z]\) .*/\1/p' "/proc/$1/stat" 2>/dev/null) in '' | Z | X) ;; *) return 1 ;; esac
}
within() { tenths=600; until "$@" || [ "$tenths" = 0 ]; do tenths=$((tenths - 1)); sleep 0.1; done; "$@"; }
empty() { [ -z "$(ls -A "$TMPDIR")" ]; }
cleared() {
    for pid in $(cat "$folder"/*.pid); do within ended "$pid" || fail "$1: process $pid is left"; done
    within empty || fail "$1: files are left: $(find "$TMPDIR")"
    rm -f "$folder"/*.pid
}

lack=$(sh "$here/redis.sh" missing)
if [ -n "$lack" ] && [ -z "${CI:-}" ]; then echo "skipped: there is no $lack"; exit 77; fi

# The command's own child stays behind, and ends with it.
cat >"$folder/command" <<'END'
echo "$FLOWRUN_TEST_REDIS_PID" >"$FOLDER/$1-server.pid"
sleep 600 >/dev/null 2>&1 &
echo $! >"$FOLDER/$1-child.pid"
echo $$ >"$FOLDER/$1-command.pid"
: >"$FOLDER/$1-runs"
case $2 in
wait) wait ;;
stubborn) trap '' TERM; sleep 600 ;;
*) cat; exit "$2" ;;
esac
END
export FOLDER="$folder"

out=$(echo input | sh "$with" redis sh "$folder/command" plain 42)
code=$?
[ "$code" = 42 ] || fail "exit code $code for 42"
[ "$out" = input ] || fail "the command's input did not reach it: $out"
cleared plain

for signal in TERM INT KILL; do
    sh "$with" redis sh "$folder/command" "$signal" wait &
    pid=$!
    within test -e "$folder/$signal-runs" || fail "$signal: the command does not run"
    # A shell's command in the background ignores INT, and nothing may catch it again.
    [ "$signal" != INT ] || { kill -s HUP "$pid"; signal=HUP; }
    kill -s "$signal" "$pid"
    wait "$pid"
    code=$?
    case $signal-$code in
    TERM-143 | HUP-129 | KILL-137) ;;
    *) fail "$signal: exit code $code" ;;
    esac
    cleared "$signal"
done

# Several at a time: each has a port of its own.
for number in 1 2 3 4 5 6; do
    # shellcheck disable=SC2016
    sh "$with" redis sh -c 'redis-cli -u "$FLOWRUN_TEST_REDIS_URL" incr runs >"$FOLDER/$1.runs"' sh "$number" &
done
wait
for number in 1 2 3 4 5 6; do
    [ "$(cat "$folder/$number.runs")" = 1 ] || fail "two tests met at one server: $(cat "$folder/$number.runs")"
done
within empty || fail "files are left: $(find "$TMPDIR")"

# Where there is no server: a folder without the package.
out=$(CI='' FLOWRUN_TEST_NPM=$folder sh "$with" sqs true)
code=$?
case $code-$out in 77-skipped:*) ;; *) fail "no server: exit code $code, $out" ;; esac
out=$(CI=true FLOWRUN_TEST_NPM=$folder sh "$with" sqs true 2>&1)
code=$?
[ "$code" = 1 ] || fail "no server in CI: exit code $code, $out"
exit $wrong

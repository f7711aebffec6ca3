#!/bin/sh
# The tests of cases/run.sh: a case that is right passes, each way of being wrong fails, a skip skips.
set -eu
run=$(dirname "$0")/cases/run.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
printf '#!/bin/sh\necho "$@"; cat\n' >"$work/bin/flowrun"
chmod +x "$work/bin/flowrun"
failures=0

# make NAME FILE=TEXT…
make() {
    case=$work/$1; shift
    mkdir -p "$case"
    for file; do printf '%b' "${file#*=}" >"$case/${file%%=*}"; done
}
# expect STATUS TEXT: the runner's exit code, and an expression that its output must hold
expect() {
    status=0
    output=$(FLOWRUN_TRACE=text NO_COLOR=1 sh "$run" "$work/bin/flowrun" /plugins /source "$case" 2>&1) || status=$?
    if [ "$status" != "$1" ] || ! printf '%s\n' "$output" | grep -Eq -e "$2"; then
        failures=$((failures + 1))
        printf '%s: exit code %s, %s expected; output, in which "%s" was expected:\n%s\n' \
            "${case##*/}" "$status" "$1" "$2" "$output"
    fi
}

make right 'cmd=flowrun a "b c"\n' 'stdin=1\n2\n' 'stdout=a b c\n1\n2\n';                 expect 0 '^$'
make variables 'cmd=echo $FLOWRUN_PLUGINS $SRC; env | grep -E "FLOWRUN|NO_COLOR" || echo clean\n' \
    'stdout=/plugins /source\nclean\n';                                                   expect 0 '^$'
make output 'cmd=echo two\n' 'stdout=one\n';                                              expect 1 '^\+two'
make newline 'cmd=printf one\n' 'stdout=one\n';                                           expect 1 'No newline'
make unexpected 'cmd=echo one\n';                                                         expect 1 '^\+one'
make missing 'cmd=:\n' 'stderr=one\n';                                                    expect 1 'differs in: stderr'
make error 'cmd=echo one >&2\n';                                                          expect 1 'differs in: stderr'
make status 'cmd=exit 3\n';                                                               expect 1 'exit code 3, 0 expected'
make failing 'cmd=false; echo unreached\n' 'status=1\n';                                  expect 0 '^$'
make no_failure 'cmd=:\n' 'status=1\n';                                                   expect 1 'exit code 0, 1 expected'
make expression 'cmd=echo took 17 ms; echo done.\n' 'stdout.re=took [0-9]+ ms\ndone\\.\n'; expect 0 '^$'
make expression_part 'cmd=echo took 17 ms or so\n' 'stdout.re=took [0-9]+ ms\n';          expect 1 '^\+took 17 ms or so'
make expression_more 'cmd=echo a; echo b\n' 'stdout.re=a\n';                              expect 1 '^\+b'
make expression_less 'cmd=echo a\n' 'stdout.re=a\nb*\n';                                  expect 1 '^-b'
make folder 'cmd=echo changed >stdout; cat given\n' 'given=here\n' 'stdout=here\n';       expect 0 '^$'
expect 0 '^$'  # again: the first run worked on a copy
make late 'cmd=sleep 30\n' 'timeout=0.2\n';                                               expect 1 'longer than 0.2 s'
make outlived 'cmd=sleep 30 >/dev/null 2>&1 &\n';                                        expect 1 'outlived by: sleep 30'
make signalled 'cmd=signal_when "[ -e there ]" TERM sh -c "sleep 0.1; : >there; exec sleep 30" || echo $?\n' \
    'stdout=143\n';                                                                       expect 0 '^$'
make interrupted 'cmd=signal_when "[ -e there ]" INT sh -c ": >there; exec sleep 30" || echo $?\n' \
    'stdout=130\n';                                                                       expect 0 '^$'
make signalled_late 'cmd=signal_when false TERM sh -c "exit 5" || echo $?\n' 'stdout=5\n'; expect 0 '^$'
make skipped 'cmd=false\n' 'skip=echo no network here\n';                                 expect 77 'skipped: no network here'
make not_skipped 'cmd=:\n' 'skip=echo all is here; exit 1\n';                             expect 0 '^$'

make update 'cmd=echo new; exit 4\n' 'stdout=old\n' 'stderr=gone\n'
sh "$run" -u "$work/bin/flowrun" /plugins /source "$case"
expect 0 '^$'
[ ! -e "$case/stderr" ] && [ "$(cat "$case/status")" = 4 ] || { echo "update: wrong files"; failures=$((failures + 1)); }

[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }

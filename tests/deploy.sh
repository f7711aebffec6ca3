#!/bin/sh
# What flows/deploy/ shows is valid as far as it can be told here: tests/deploy.sh PROGRAM SOURCE
#
# Each command that runs a flow there is checked with the flow, the part and the values that it names; the unit by
# systemd-analyze, and that the other files are YAML by Python's reader of it, where these are installed.
set -eu
program=$1 source=$2
cd "$source/flows"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
fail() { echo "$*"; wrong=1; }

count=0
sed -n 's/.*\(command\|args\): \(\["run".*\]\)$/\2/p' deploy/*.yaml >"$work/commands"
while IFS= read -r line; do
    count=$((count + 1))
    set -f
    set --
    for word in $(echo "$line" | sed 's/", "/ /g' | tr -d '[]"'); do
        case $word in
        run | --trace=off | listen=*) continue ;;
        /flow/*) word=${word#/flow/} ;;
        'broker=$(BROKER)') word=broker=amqp://broker ;;
        esac
        set -- "$@" "$word"
    done
    set +f
    "$program" check "$@" >"$work/said" 2>&1 || fail "flowrun check $*: $(cat "$work/said")"
    ! grep warning "$work/said" || fail "flowrun check $*: it is warned of"
done <"$work/commands"
[ "$count" -ge 5 ] || fail "only $count commands were found"

there() {
    if command -v "$1" >/dev/null 2>&1; then return 0; fi
    [ -z "${CI:-}" ] || fail "$1 is not installed"
    return 1
}
python=/usr/bin/python3
"$python" -c 'import yaml' 2>/dev/null || python=python3
if there "$python" && "$python" -c 'import yaml' 2>/dev/null; then
    for file in deploy/*.yaml; do
        "$python" -c 'import sys, yaml; list(yaml.safe_load_all(open(sys.argv[1])))' "$file" || fail "$file is no YAML"
    done
fi
if there systemd-analyze; then
    sed "s,/usr/bin/flowrun,$program," 'deploy/flowrun@.service' >"$work/flowrun@orders.service"
    systemd-analyze verify --man=no "$work/flowrun@orders.service" >"$work/said" 2>&1 || fail "flowrun@.service: $(cat "$work/said")"
    ! grep "flowrun@" "$work/said" || fail "flowrun@.service: it is warned of"
fi
[ "$wrong" = 0 ] && echo "$count commands"

#!/bin/sh
# Runs cases of the language's specification through a program: tests/cel/run.sh FLOWRUN FOLDER
#
# FOLDER holds *.jsonl, a case a line: {file, section, name, expr, bindings?, value | error}. `FLOWRUN eval --cases` answers
# each; this prints how many passed by file and each that did not. Exit 1 when one failed. Needs jq.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 FLOWRUN FOLDER" >&2; exit 64; }
program=$1 folder=$2
answers=$(mktemp)
trap 'rm -f "$answers"' EXIT
status=0
for cases in "$folder"/*.jsonl; do
    [ -e "$cases" ] || { echo "$0: there are no cases in $folder" >&2; exit 64; }
    "$program" eval --cases <"$cases" >"$answers" || { echo "$cases: eval --cases failed" >&2; status=1; continue; }
    # The order of a map's entries says nothing; a double is the same however it is written.
    jq -rn --slurpfile cases "$cases" --slurpfile answers "$answers" --arg name "$(basename "$cases" .jsonl)" '
        def plain:
            if type != "object" then .
            elif has("map") then {map: (.map | map(map(plain)) | sort)}
            elif has("list") then {list: (.list | map(plain))}
            elif has("double") then {double: (.double | if . == "NaN" or endswith("Infinity") or . == "-0.0" then . else tonumber end)}
            else . end;
        [range($cases | length) | {case: $cases[.], answer: $answers[.]}] as $all
        | [$all[] | select((if .case | has("error") then .answer | has("error")
                            else (.answer | has("value")) and (.answer.value | plain) == (.case.value | plain) end) | not)] as $failed
        | "\($name) \(($all | length) - ($failed | length))/\($all | length)",
          ($failed[] | "  failed: \(.case.section)/\(.case.name): \(.case.expr)\n    wanted \(.case.value // {error: .case.error} | tojson)\n    got    \(.answer | tojson)"),
          if ($failed | length) > 0 then halt_error(1) else empty end' || status=1
done
exit $status

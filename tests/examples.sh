#!/bin/sh
# Runs the examples of a document and compares what they print: tests/examples.sh PROGRAM SOURCE DOCUMENT
#
# DOCUMENT is Markdown or a manual page. An example is a block (```console, or between .EX and .EE, .nf and .fi, .Bd and
# .Ed) that holds lines beginning with `$ `: commands, each followed by what it prints, stdout and stderr together. A
# command goes on in the next line after a backslash. A block whose first line is `# NAME.yaml` (or .ndjson, .sh) is
# written to that file. One that begins with `flowrun: 1` or `#!` is a whole flow, which `flowrun check` must accept
# without a warning; one that begins with another key of a flow is a mistake of the document: nobody could check it.
# All run in order in one folder that holds a copy of flows/.
#
# In what is printed `…` stands for any text, alone in a line for any lines. Times, dates and ids differ from run to run:
# they are equal to any others, and runs of blanks to any others.
set -eu
export LC_ALL=C.UTF-8
program=$1 source=$2 document=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here" "$work/parts"
cp -R "$source/flows" "$work/here/"

# N.file + N.name: a file to write; N.cmd + N.out + N.line: a command, what it prints, where it stands;
# N.flow + N.line: a flow; N.part + N.line: a piece of one
awk -v parts="$work/parts" '
function unroff(text) {
    if (!roff) return text
    gsub(/\\-/, "-", text); gsub(/\\\(aq/, "\047", text); gsub(/\\\(dq/, "\"", text); gsub(/\\\(ha/, "^", text)
    gsub(/\\\(ti/, "~", text); gsub(/\\&/, "", text); gsub(/\\f[BIRP]/, "", text); gsub(/\\e/, "\\", text)
    gsub(/\\\(bs|\\\(rs/, "\\", text)
    return text
}
function opens(line) { return roff ? line ~ /^\.(EX|nf|Bd)( |$)/ : line ~ /^```[a-z]/ }
function closes(line) { return roff ? line ~ /^\.(EE|fi|Ed)( |$)/ : line ~ /^```/ }
function add(text) { print text >out }
function begin(kind) {
    n++; print FNR >(parts "/" n ".line"); close(parts "/" n ".line")
    out = parts "/" n "." kind; console = 0
}
function finish() { if (out != "") close(out); out = "" }
FNR == 1 { roff = FILENAME ~ /\.[1-9]$/ }
!inside && opens($0) { inside = 1; first = 1; console = roff || $0 ~ /^```console/; next }
inside && closes($0) { inside = 0; finish(); next }
!inside { next }
{ line = unroff($0) }
first && line ~ /^# [A-Za-z0-9_.-]+\.(yaml|ndjson|sh)$/ {
    n++; print substr(line, 3) >(parts "/" n ".name"); close(parts "/" n ".name")
    out = parts "/" n ".file"; console = 0  # its first line is a comment of its own
}
first && line ~ /^(flowrun: 1|#!.*flowrun run)$/ { begin("flow") }
first && line ~ /^(name|env|plugins|lock|params|defaults|nodes|edges):( |$)/ { begin("part") }
{ first = 0 }
console && going_on { print line >command; going_on = line ~ /\\$/; if (!going_on) close(command); next }
console && line ~ /^\$ / {
    finish(); n++
    print FNR >(parts "/" n ".line"); close(parts "/" n ".line")
    command = parts "/" n ".cmd"; out = parts "/" n ".out"
    printf "" >out
    print substr(line, 3) >command
    going_on = line ~ /\\$/
    if (!going_on) close(command)
    next
}
out != "" { add(line) }
END { print n + 0 >(parts "/count") }
' "$document"

# What differs from run to run becomes the same.
settle() {
    sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z?/<time>/g' -e 's/\b[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?/<time>/g' \
        -e 's/\b[0-9]+(\.[0-9]+)? ?(ns|us|µs|ms|s|min)\b/<took>/g' -e 's/\b[0-9a-f]{8}([0-9a-f]{8})?([0-9a-f]{16})?\b/<id>/g' \
        -e 's/[[:blank:]]+/ /g' -e 's/ $//' "$1"
}
# Whether the lines of $2 are those of $1, where … stands for anything.
same() {
    awk '
    function expression(text) { gsub(/[][\\.^$*+?(){}|\/]/, "\\\\&", text); gsub(/…/, ".*", text); return "^" text "$" }
    NR == FNR { expected[++n] = $0; next }
    { printed[++m] = $0 }
    function fits(i, j) {
        for (; i <= n; i++) {
            if (expected[i] == "…") {
                for (; j <= m + 1; j++) if (fits(i + 1, j)) return 1
                return 0
            }
            if (j > m || printed[j] !~ expression(expected[i])) return 0
            j++
        }
        return j > m
    }
    END { exit !fits(1, 1) }' "$1" "$2"
}

count=$(cat "$work/parts/count")
examples=0 failures=0 status=0 n=0
while [ "$n" -lt "$count" ]; do
    n=$((n + 1))
    part=$work/parts/$n
    if [ -f "$part.name" ]; then
        cp "$part.file" "$work/here/$(cat "$part.name")"
        chmod +x "$work/here/$(cat "$part.name")"
        continue
    fi
    examples=$((examples + 1))
    if [ -f "$part.part" ]; then
        failures=$((failures + 1))
        printf '%s:%s: a piece of a flow, which nobody can check: begin it with "flowrun: 1"\n' "$document" "$(cat "$part.line")"
        continue
    fi
    if [ -f "$part.flow" ]; then
        cp "$part.flow" "$work/here/example.yaml"
        if ! (cd "$work/here" && "$program" check example.yaml) >"$part.printed" 2>&1 || grep -q ': warning: ' "$part.printed"; then
            failures=$((failures + 1))
            printf '%s:%s: this flow is not accepted:\n' "$document" "$(cat "$part.line")"
            cat "$part.printed"
        fi
        continue
    fi
    previous=$status status=0
    (
        cd "$work/here"
        exec env -i PATH="${program%/*}:/usr/local/bin:/usr/bin:/bin" HOME="$work" TMPDIR="$work" TZ=UTC LC_ALL=C.UTF-8 USER=tester \
            timeout -k 5 60 sh -c "(exit $previous)
$(cat "$part.cmd")"
    ) >"$part.printed" 2>&1 </dev/null || status=$?
    settle "$part.out" >"$part.expected"
    settle "$part.printed" >"$part.settled"
    if ! same "$part.expected" "$part.settled"; then
        failures=$((failures + 1))
        printf '%s:%s: this prints something else (exit code %s): %s\n' \
            "$document" "$(cat "$part.line")" "$status" "$(cat "$part.cmd")"
        diff -u --label document --label printed "$part.expected" "$part.settled" || :
    fi
done
echo "$document: $examples examples run, $failures differ"
[ "$failures" = 0 ] || exit 1
[ "$examples" != 0 ] || exit 77

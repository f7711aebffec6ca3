#!/bin/sh
# The tests of examples.sh: tests/examples-test.sh PROGRAM SOURCE
set -eu
program=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# expect STATUS TEXT NAME: what stands on stdin, as a document of that name; the exit code and an expression in the output
expect() {
    cat >"$work/$3"
    status=0
    output=$(sh "$source/tests/examples.sh" "$program" "$source" "$work/$3" 2>&1) || status=$?
    if [ "$status" != "$1" ] || ! printf '%s\n' "$output" | grep -Eq -e "$2"; then
        failures=$((failures + 1))
        printf '%s: exit code %s, %s expected; output, in which "%s" was expected:\n%s\n' "$3" "$status" "$1" "$2" "$output"
    fi
}

expect 0 '2 examples run, 0 differ' right.5 <<'END'
.Bd -literal
flowrun: 1
nodes: { a: { uses: generate }, b: { uses: map, with: { value: \(dq${msg.n}\(dq } } }
edges: [a -> b]
.Ed
.Bd -literal
$ echo one
one
.Ed
END
expect 1 'wrong.5:2: this flow is not accepted' wrong.5 <<'END'
.Bd -literal
flowrun: 1
nodes: { a: { uses: generate }, b: { uses: pas } }
edges: [a -> b]
.Ed
END
expect 1 'warning: nobody takes' warned.md <<'END'
```yaml
flowrun: 1
nodes: { a: { uses: generate }, b: { uses: pass } }
edges: [a ~> b]
```
END
expect 1 'piece.5:2: a piece of a flow' piece.5 <<'END'
.Bd -literal
edges: [a -> b]
.Ed
END
expect 1 'script.md:2: this flow is not accepted' script.md <<'END'
```yaml
#!/usr/bin/env -S flowrun run
nodes: { a: { uses: generate } }
```
END
expect 1 '^\+two' printed.md <<'END'
```console
$ echo two
one
```
END
expect 77 '0 examples run' none.3 <<'END'
.Bd -literal
int main(void);
.Ed
END

[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }

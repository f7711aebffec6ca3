#!/bin/sh
# reader.sh SECONDS: a queue is looked at all the time, by one who peeks again and again and by one who reads slowly, while much goes
# through it. What SQLite keeps beside it stays small, and everything arrives.
set -eu
seconds=$1
cat >flow.yaml <<'END'
flowrun: 1
name: reader
params: { count: { type: int } }
nodes:
  in: { uses: generate, with: { count: "${param.count}", value: { text: "0123456789012345678901234567890123456789012345678901234567890123456789" } } }
  many: { uses: pass }
  all: { uses: count }
  out: { uses: file.write, with: { path: out, format: ndjson } }
edges:
  - in ~> many: { workers: 64, order: none }
  - many ~> all: { queue: "sqlite:reader.db" }
  - all -> out
END
end=$(($(date +%s) + seconds)) sent=0 most=0 peeks=0
mkfifo slowly
flowrun run -q --trace=off flow.yaml count=1
while [ "$(date +%s)" -lt "$end" ]; do
    flowrun run -q --trace=off flow.yaml count=100000 & run=$!
    (flowrun queue peek sqlite:reader.db >slowly 2>/dev/null || :) & peek=$!
    (while read -r line; do : "$line"; sleep 0.01; done <slowly) & slow=$!
    while kill -0 $run 2>/dev/null; do
        flowrun queue peek sqlite:reader.db >/dev/null 2>&1 || :
        peeks=$((peeks + 1))
        size=$(stat -c %s reader.db-wal 2>/dev/null || echo 0)
        [ "$size" -le "$most" ] || most=$size
    done
    wait $run
    sent=$((sent + 100000))
    kill $slow $peek 2>/dev/null || :
    wait $slow $peek 2>/dev/null || :
done
[ "$peeks" -gt 3 ] || { echo "nobody looked: nothing was tried"; exit 1; }
[ "$most" -le 67108864 ] || { echo "the log grew to $most bytes"; exit 1; }
flowrun queue fsck sqlite:reader.db >told-wrong || { cat told-wrong; exit 1; }
[ -z "${CHAOS_FIGURES:-}" ] || echo "$sent messages, $peeks peeks, a log of $most bytes at most" >&2
echo "the log stays small"

#!/bin/sh
# pgq.sh URL-OF-POSTGRESQL: a table of the Go package pgq, with psql in that package's place: what either puts the other takes,
# and each column says what it says there. In an empty folder; flowrun is on PATH.
set -eu
database=$1
url="pgq:${database#postgres:}"
sql() { psql -qAt -v ON_ERROR_STOP=1 "$database" -c "$1"; }
wrong() { echo "$1"; sql 'SELECT * FROM orders'; exit 1; }
# is WHAT EXPECTED SQL
is() {
    found=$(sql "$3")
    [ "$found" = "$2" ] || wrong "$1: '$2' was expected, and there is '$found'"
}
# As that package takes a message.
take="UPDATE orders SET locked_until = now() + interval '1 hour', started_at = now(), consumed_count = consumed_count + 1
      WHERE id IN (SELECT id FROM orders WHERE (locked_until IS NULL OR locked_until < now()) AND consumed_count < 3
          AND processed_at IS NULL AND (scheduled_for IS NULL OR scheduled_for < now())
          ORDER BY scheduled_for NULLS LAST, consumed_count, created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING payload ->> 'n'"
cat >flow.yaml <<END
flowrun: 1
name: shop
nodes:
  in: { uses: stdin, with: { format: ndjson } }
  work: { uses: fail, with: { when: "msg.n < 0", message: refused, code: permanent } }
  out: { uses: stdout, with: { format: ndjson } }
edges:
  - in ~> work: { queue: "$url#orders" }
  - work -> out
END
flow() { flowrun run -q --trace=off "$@" flow.yaml; }
# until CONDITION: waits for it, half a minute at most.
until_is() {
    tries=600
    until [ "$(sql "SELECT ($1)::int")" = 1 ]; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || wrong "waited in vain for $1"
        sleep 0.05
    done
}
# deal COUNT: until so many are dealt with or given up.
deal() {
    flowrun run -q --trace=off --only=work,out flow.yaml </dev/null & run=$!
    until_is "(SELECT count(*) FROM orders WHERE processed_at IS NOT NULL) = $1"
    kill -TERM $run
    wait $run || :
}

sql 'CREATE TABLE orders (id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY, created_at timestamptz DEFAULT now() NOT NULL,
    started_at timestamptz, locked_until timestamptz, scheduled_for timestamptz, processed_at timestamptz,
    consumed_count integer DEFAULT 0 NOT NULL, error_detail text, payload jsonb NOT NULL, metadata jsonb NOT NULL)'

# Theirs to us.
sql "INSERT INTO orders (scheduled_for, payload, metadata) VALUES
    (NULL, '{\"n\": 1}', '{\"host\": \"a\"}'), (now() - interval '1 s', '{\"n\": 2}', '{}'),
    (now() + interval '1 h', '{\"n\": 3}', '{}'), (NULL, '{\"n\": -4}', '{\"host\": \"b\"}'), (NULL, '[5]', '{}')"
sql "INSERT INTO orders (locked_until, consumed_count, payload, metadata) VALUES
    (now() + interval '1 h', 1, '{\"n\": 6}', '{}'), (now() - interval '1 s', 1, '{\"n\": 7}', '{}')"
deal 5 >out 2>err
[ "$(tr -d ' ' <out | sort | tr '\n' ' ')" = '{"n":1} {"n":2} {"n":7} ' ] || wrong "what was put there does not come: $(cat out err)"
is 'what was dealt with' '1|t|1|t 2|t|1|t 7|t|2|t' \
    "SELECT string_agg(concat_ws('|', payload ->> 'n', locked_until IS NULL, consumed_count, started_at <= processed_at), ' '
                       ORDER BY payload ->> 'n')
     FROM orders WHERE processed_at IS NOT NULL AND error_detail IS NULL"
is 'metadata stays' '{"host": "a"}' "SELECT metadata FROM orders WHERE payload ->> 'n' = '1'"
is 'what was given up' 't|t' "SELECT locked_until IS NULL, error_detail LIKE '%refused%' FROM orders
    WHERE payload ->> 'n' = '-4' AND processed_at IS NOT NULL"
is 'what is no object' 'payload is invalid JSON object' "SELECT error_detail FROM orders
    WHERE jsonb_typeof(payload) = 'array' AND processed_at IS NOT NULL AND locked_until IS NULL"
is 'whose time has not come, and what another has' '3|0 6|1' \
    "SELECT string_agg(concat_ws('|', payload ->> 'n', consumed_count), ' ' ORDER BY payload ->> 'n')
     FROM orders WHERE processed_at IS NULL"

# Ours to them.
sql 'TRUNCATE orders'
printf '{"n":8,"deep":{"a":[1,"\\u00e9"]}}\n{"n":9}\n' | flow --only=in --leave
is 'as they are put' '8|{"a": [1, "é"]}|0|t|t 9||0|t|t' \
    "SELECT string_agg(concat_ws('|', payload ->> 'n', coalesce(payload ->> 'deep', ''), consumed_count,
                                 num_nulls(started_at, locked_until, scheduled_for, processed_at, error_detail) = 5,
                                 (SELECT bool_and(jsonb_typeof(value) = 'string') FROM jsonb_each(metadata))), ' '
                       ORDER BY created_at) FROM orders"
is 'the first is taken' 8 "$take"
is 'and the second' 9 "$take"
is 'and no more' '' "$take"
sql "UPDATE orders SET locked_until = NULL, processed_at = now() WHERE payload ->> 'n' = '8'"
# One is given back as that package does, with its reason, and comes to us.
sql "UPDATE orders SET locked_until = NULL, error_detail = 'not today' WHERE payload ->> 'n' = '9'"
deal 2 >out 2>err
[ "$(cat out)" = '{"n": 9}' ] || wrong 'what was given back does not come'
is 'it was given out twice' '2|t|t' "SELECT consumed_count, locked_until IS NULL, processed_at IS NOT NULL
    FROM orders WHERE payload ->> 'n' = '9'"

# A lease that is over and was taken by somebody else: what we say then changes nothing.
sql 'TRUNCATE orders'
sed -i 's/uses: fail.*/uses: delay, with: { for: 3s } }/' flow.yaml
echo '{"n":10}' | flow --only=in --leave
flowrun run -q --trace=off --only=work,out flow.yaml </dev/null >late 2>&1 & run=$!
until_is '(SELECT locked_until IS NOT NULL FROM orders)'
sql "UPDATE orders SET locked_until = now() + interval '1 h', consumed_count = consumed_count + 1"
sleep 4
kill -TERM $run; wait $run || :
is 'another has it' '2|t|t' 'SELECT consumed_count, locked_until > now(), processed_at IS NULL FROM orders'

# What cannot be put there is refused, with a remedy.
echo '[11]' | flow --only=in --leave 2>refused && wrong 'what is no object was put'
grep -q 'JSON object' refused || wrong "$(cat refused)"
sql 'ALTER TABLE orders DROP COLUMN scheduled_for'
echo '{"n":12}' | flow --only=in --leave 2>refused && wrong 'a table that lacks a column was used'
grep -q 'it lacks scheduled_for' refused || wrong "$(cat refused)"
echo 'both ways'

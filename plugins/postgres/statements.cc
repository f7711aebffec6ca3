#include "statements.hh"

// Rows are changed by their place (ctid), which a sub-select has found by an index: so no plan, however little the server knows of
// the table, goes through all of it. A row that another has changed meanwhile is at another place, and left alone.
namespace flowrun::postgres::statements {

const Statement push = {"push", R"sql(
WITH mine AS (
    UPDATE flowrun.accounts SET pushed = pushed + $5::int8, batch = $3::int8, seen = now()
    WHERE queue = $1::int4 AND owner = $2::int8 AND epoch = $4::int4 RETURNING 1)
INSERT INTO flowrun.messages (queue, state, free_at, lock, attempts, format, sibling, siblings, emitted, accepted,
                              id, key, traceparent, origin, error, body)
SELECT $1::int4, CASE WHEN delay > 0 THEN 2 ELSE 0 END, now() + delay * interval '1 microsecond', lock, attempts, format,
       sibling, siblings, emitted, accepted, id, key, traceparent, origin, error, body
FROM mine, unnest($6::int8[], $7::int8[], $8::int4[], $9::int4[], $10::int8[], $11::int8[], $12::int8[], $13::int8[],
                  $14::bytea[], $15::bytea[], $16::bytea[], $17::bytea[], $18::bytea[], $19::bytea[])
     AS new (delay, lock, attempts, format, sibling, siblings, emitted, accepted, id, key, traceparent, origin, error, body)
)sql"};

const Statement ack = {"ack", R"sql(
WITH gone AS (
    DELETE FROM flowrun.messages m
    WHERE m.ctid = ANY (ARRAY(
              SELECT x.ctid FROM unnest($5::int8[], $6::int4[]) AS a (number, given)
              CROSS JOIN LATERAL (SELECT p.ctid FROM flowrun.messages p
                                  WHERE p.number = a.number AND p.owner = $2::int8 AND p.given = a.given OFFSET 0) x))
      AND EXISTS (SELECT FROM flowrun.accounts WHERE queue = $1::int4 AND owner = $2::int8 AND epoch = $4::int4)
    RETURNING m.number),
mine AS (
    UPDATE flowrun.accounts SET acked = acked + (SELECT count(*) FROM gone), batch = $3::int8, seen = now()
    WHERE queue = $1::int4 AND owner = $2::int8 AND epoch = $4::int4)
SELECT number FROM gone
)sql"};

const Statement nack = {"nack", R"sql(
WITH back AS (
    UPDATE flowrun.messages m
    SET state = CASE WHEN ($7::int8[])[array_position($5::int8[], m.number)] > 0 THEN 2 ELSE 0 END,
        free_at = now() + ($7::int8[])[array_position($5::int8[], m.number)] * interval '1 microsecond',
        attempts = ($8::int4[])[array_position($5::int8[], m.number)], error = ($9::bytea[])[array_position($5::int8[], m.number)],
        silences = 0, doubted = false, owner = NULL, held = NULL
    WHERE m.ctid = ANY (ARRAY(
              SELECT x.ctid FROM unnest($5::int8[], $6::int4[]) AS a (number, given)
              CROSS JOIN LATERAL (SELECT p.ctid FROM flowrun.messages p
                                  WHERE p.number = a.number AND p.owner = $2::int8 AND p.given = a.given OFFSET 0) x))
      AND EXISTS (SELECT FROM flowrun.accounts WHERE queue = $1::int4 AND owner = $2::int8 AND epoch = $4::int4)
    RETURNING m.number),
mine AS (
    UPDATE flowrun.accounts SET batch = $3::int8, seen = now() WHERE queue = $1::int4 AND owner = $2::int8 AND epoch = $4::int4)
SELECT number FROM back
)sql"};

const Statement reject = {"reject", R"sql(
WITH dead AS (
    UPDATE flowrun.messages m
    SET state = 3, free_at = now(), attempts = ($7::int4[])[array_position($5::int8[], m.number)],
        error = ($8::bytea[])[array_position($5::int8[], m.number)], doubted = false, owner = NULL, held = NULL
    WHERE m.ctid = ANY (ARRAY(
              SELECT x.ctid FROM unnest($5::int8[], $6::int4[]) AS a (number, given)
              CROSS JOIN LATERAL (SELECT p.ctid FROM flowrun.messages p
                                  WHERE p.number = a.number AND p.owner = $2::int8 AND p.given = a.given OFFSET 0) x))
      AND EXISTS (SELECT FROM flowrun.accounts WHERE queue = $1::int4 AND owner = $2::int8 AND epoch = $4::int4)
    RETURNING m.number),
mine AS (
    UPDATE flowrun.accounts SET buried = buried + (SELECT count(*) FROM dead), batch = $3::int8, seen = now()
    WHERE queue = $1::int4 AND owner = $2::int8 AND epoch = $4::int4)
SELECT number FROM dead
)sql"};

const Statement renew = {"renew", R"sql(
UPDATE flowrun.messages m SET free_at = now() + $2::int8 * interval '1 microsecond'
WHERE m.ctid = ANY (ARRAY(
          SELECT x.ctid FROM unnest($3::int8[], $4::int4[]) AS a (number, given)
          CROSS JOIN LATERAL (SELECT p.ctid FROM flowrun.messages p
                              WHERE p.number = a.number AND p.owner = $1::int8 AND p.given = a.given OFFSET 0) x))
)sql"};

// The first of each key in $2, where it waits behind another that is gone now.
const Statement unlock = {"unlock", R"sql(
UPDATE flowrun.messages m SET state = 0
WHERE m.ctid = ANY (ARRAY(
          SELECT x.ctid FROM (SELECT DISTINCT lock FROM unnest($2::int8[]) AS k (lock)) k
          CROSS JOIN LATERAL (SELECT p.ctid, p.state FROM flowrun.messages p
                              WHERE p.queue = $1::int4 AND p.lock = k.lock AND p.lock IS NOT NULL AND p.state <> 3
                              ORDER BY p.queue, p.lock, p.number LIMIT 1) x
          WHERE x.state = 4))
)sql"};

const Statement notify = {"notify", "SELECT pg_notify($1::text, '')"};

// What was given back until now, and what is out with a lease that is over; so often without a word ($3), it is dead.
const Statement due = {"due", R"sql(
WITH late AS MATERIALIZED (
    SELECT ctid FROM flowrun.messages
    WHERE queue = $1::int4 AND state IN (1, 2) AND free_at <= now() ORDER BY queue, free_at LIMIT 1000 FOR UPDATE SKIP LOCKED),
moved AS (
    UPDATE flowrun.messages m
    SET state = CASE WHEN m.state = 1 AND m.silences + 1 >= $3::int4 THEN 3 ELSE 0 END,
        silences = m.silences + CASE WHEN m.state = 1 THEN 1 ELSE 0 END, doubted = m.doubted OR m.state = 1,
        owner = NULL, held = NULL,
        attempts = CASE WHEN m.state = 1 AND m.silences + 1 >= $3::int4 THEN greatest(m.attempts, m.silences + 1)
                        ELSE m.attempts END,
        error = CASE WHEN m.state = 1 AND m.silences + 1 >= $3::int4
                     THEN convert_to('{"code":"permanent","message":"poison: given out ' || m.silences + 1 ||
                                     ' times, and each time nobody has said what came of it"}', 'UTF8')
                     ELSE m.error END
    WHERE m.ctid = ANY (ARRAY(SELECT ctid FROM late)) RETURNING m.state),
mine AS (
    UPDATE flowrun.accounts SET buried = buried + (SELECT count(*) FROM moved WHERE state = 3)
    WHERE queue = $1::int4 AND owner = $2::int8 AND EXISTS (SELECT FROM moved WHERE state = 3))
SELECT count(*), count(*) FILTER (WHERE state = 3) FROM moved
)sql"};

// One more is looked for than is taken, which tells whether more waits. That something was given out need not be on the disk: a
// server that forgets it gives it out again, as it does with all that is out then.
const Statement take = {"take", R"sql(
WITH found AS MATERIALIZED (
    SELECT ctid FROM flowrun.messages WHERE queue = $1::int4 AND state = 0
    ORDER BY queue, number LIMIT $3::int4 + (set_config('synchronous_commit', 'off', true) = 'off')::int4
    FOR UPDATE SKIP LOCKED)
UPDATE flowrun.messages m
SET state = 1, owner = $2::int8, given = m.given + 1, free_at = now() + $4::int8 * interval '1 microsecond'
WHERE m.ctid = ANY (ARRAY(SELECT ctid FROM found LIMIT $3))
RETURNING m.number, m.given, m.doubted, m.attempts, m.format, m.sibling, m.siblings, m.emitted, m.accepted,
          m.id, m.key, m.traceparent, m.origin, m.error, m.body, (SELECT count(*) FROM found) > $3::int4
)sql"};

// The same, of each key only the first, and none while another of its key is out.
const Statement take_by_key = {"take_by_key", R"sql(
WITH found AS MATERIALIZED (
    SELECT ctid AS place, number, lock FROM flowrun.messages
    WHERE queue = $1::int4 AND state = 0 ORDER BY queue, number LIMIT $3::int4 + (set_config('synchronous_commit', 'off', true) = 'on')::int4
    FOR UPDATE SKIP LOCKED),
free AS MATERIALIZED (
    SELECT place FROM found f
    WHERE lock IS NULL
       OR (number = (SELECT p.number FROM flowrun.messages p
                     WHERE p.queue = $1::int4 AND p.lock = f.lock AND p.lock IS NOT NULL AND p.state <> 3
                     ORDER BY p.queue, p.lock, p.number LIMIT 1)
           AND NOT EXISTS (SELECT FROM flowrun.messages h
                           WHERE h.queue = $1::int4 AND h.held = f.lock AND h.held IS NOT NULL OFFSET 0))
    ORDER BY number LIMIT $5::int4)
UPDATE flowrun.messages m
SET state = 1, owner = $2::int8, given = m.given + 1, free_at = now() + $4::int8 * interval '1 microsecond',
    held = m.lock
WHERE m.ctid = ANY (ARRAY(SELECT place FROM free))
RETURNING m.number, m.given, m.doubted, m.attempts, m.format, m.sibling, m.siblings, m.emitted, m.accepted,
          m.id, m.key, m.traceparent, m.origin, m.error, m.body, (SELECT count(*) FROM found) > (SELECT count(*) FROM free)
)sql"};

// What waits and cannot be taken since another of its key is before it: out of the way of the next take, until the other is gone.
// The other is locked, so that it does not go unseen meanwhile.
const Statement behind = {"behind", R"sql(
WITH found AS MATERIALIZED (
    SELECT ctid AS place, number, lock FROM flowrun.messages
    WHERE queue = $1::int4 AND state = 0 ORDER BY queue, number LIMIT $2::int4 FOR UPDATE SKIP LOCKED),
pairs AS MATERIALIZED (
    SELECT f.place, b.number AS before FROM found f
    CROSS JOIN LATERAL (SELECT p.number FROM flowrun.messages p
                        WHERE p.queue = $1::int4 AND p.lock = f.lock AND p.lock IS NOT NULL AND p.state <> 3
                        ORDER BY p.queue, p.lock, p.number LIMIT 1) b
    WHERE b.number < f.number),
kept AS MATERIALIZED (
    SELECT k.number FROM (SELECT DISTINCT before FROM pairs) b
    CROSS JOIN LATERAL (SELECT p.number FROM flowrun.messages p
                        WHERE p.number = b.before AND p.state <> 3 OFFSET 0 FOR SHARE SKIP LOCKED) k),
moved AS (
    UPDATE flowrun.messages m SET state = 4
    WHERE m.ctid = ANY (ARRAY(SELECT place FROM pairs WHERE before IN (SELECT number FROM kept))) RETURNING 1)
SELECT count(*) FROM moved
)sql"};

// Where nothing was found. Microseconds until something is due, or a lease over; whether something waits all the same; and where that
// is asked ($3), whether the queue is empty: nothing waits that is due within half a minute, and nobody else has anything.
const Statement next = {"next", R"sql(
SELECT (SELECT (extract(epoch FROM min(free_at) - clock_timestamp()) * 1000000)::int8
        FROM flowrun.messages WHERE queue = $1::int4 AND state IN (1, 2)),
       EXISTS (SELECT FROM flowrun.messages WHERE queue = $1::int4 AND state = 0),
       $3::int4 <> 0
       AND NOT EXISTS (SELECT FROM flowrun.messages WHERE queue = $1::int4 AND state = 0)
       AND NOT EXISTS (SELECT FROM flowrun.messages WHERE queue = $1::int4 AND state = 4)
       AND NOT EXISTS (SELECT FROM flowrun.messages
                       WHERE queue = $1::int4 AND state IN (1, 2)
                         AND (owner <> $2::int8 OR (owner IS NULL AND free_at < now() + interval '30 seconds')))
)sql"};

// What waits behind another of its key that somebody has removed by hand.
const Statement asleep = {"asleep", R"sql(
WITH RECURSIVE keys AS (
    (SELECT lock FROM flowrun.messages WHERE queue = $1::int4 AND state = 4 ORDER BY queue, lock LIMIT 1)
    UNION ALL
    SELECT (SELECT m.lock FROM flowrun.messages m
            WHERE m.queue = $1::int4 AND m.state = 4 AND m.lock > k.lock ORDER BY m.queue, m.lock LIMIT 1)
    FROM keys k WHERE k.lock IS NOT NULL),
woken AS (
    UPDATE flowrun.messages m SET state = 0
    WHERE m.ctid = ANY (ARRAY(
              SELECT f.ctid FROM (SELECT lock FROM keys WHERE lock IS NOT NULL LIMIT 10000) k
              CROSS JOIN LATERAL (SELECT p.ctid, p.state FROM flowrun.messages p
                                  WHERE p.queue = $1::int4 AND p.lock = k.lock AND p.lock IS NOT NULL AND p.state <> 3
                                  ORDER BY p.queue, p.lock, p.number LIMIT 1) f
              WHERE f.state = 4)) RETURNING 1)
SELECT count(*) FROM woken
)sql"};

}  // namespace flowrun::postgres::statements

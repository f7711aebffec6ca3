#include "statements.hh"

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
    USING unnest($5::int8[], $6::int4[]) AS a (number, given), flowrun.accounts o
    WHERE o.queue = $1::int4 AND o.owner = $2::int8 AND o.epoch = $4::int4
      AND m.number = a.number AND m.queue = $1 AND m.owner = $2 AND m.given = a.given AND m.state = 1
    RETURNING m.number),
mine AS (
    UPDATE flowrun.accounts SET acked = acked + (SELECT count(*) FROM gone), batch = $3::int8, seen = now()
    WHERE queue = $1 AND owner = $2 AND epoch = $4)
SELECT number FROM gone
)sql"};

const Statement nack = {"nack", R"sql(
WITH back AS (
    UPDATE flowrun.messages m
    SET state = CASE WHEN a.delay > 0 THEN 2 ELSE 0 END, free_at = now() + a.delay * interval '1 microsecond',
        attempts = a.attempts, error = a.error, silences = 0, doubted = false, held = NULL
    FROM unnest($5::int8[], $6::int4[], $7::int8[], $8::int4[], $9::bytea[])
             AS a (number, given, delay, attempts, error), flowrun.accounts o
    WHERE o.queue = $1::int4 AND o.owner = $2::int8 AND o.epoch = $4::int4
      AND m.number = a.number AND m.queue = $1 AND m.owner = $2 AND m.given = a.given AND m.state = 1
    RETURNING m.number),
mine AS (
    UPDATE flowrun.accounts SET batch = $3::int8, seen = now() WHERE queue = $1 AND owner = $2 AND epoch = $4)
SELECT number FROM back
)sql"};

const Statement reject = {"reject", R"sql(
WITH dead AS (
    UPDATE flowrun.messages m
    SET state = 3, free_at = now(), attempts = a.attempts, error = a.error, doubted = false, held = NULL
    FROM unnest($5::int8[], $6::int4[], $7::int4[], $8::bytea[]) AS a (number, given, attempts, error),
         flowrun.accounts o
    WHERE o.queue = $1::int4 AND o.owner = $2::int8 AND o.epoch = $4::int4
      AND m.number = a.number AND m.queue = $1 AND m.owner = $2 AND m.given = a.given AND m.state = 1
    RETURNING m.number),
mine AS (
    UPDATE flowrun.accounts SET buried = buried + (SELECT count(*) FROM dead), batch = $3::int8, seen = now()
    WHERE queue = $1 AND owner = $2 AND epoch = $4)
SELECT number FROM dead
)sql"};

const Statement renew = {"renew", R"sql(
UPDATE flowrun.messages m SET free_at = now() + $3::int8 * interval '1 microsecond'
FROM unnest($4::int8[], $5::int4[]) AS a (number, given)
WHERE m.number = a.number AND m.queue = $1::int4 AND m.owner = $2::int8 AND m.given = a.given AND m.state = 1
)sql"};

// The first of each key in $2, where it waits behind another that is gone now.
const Statement unlock = {"unlock", R"sql(
UPDATE flowrun.messages m SET state = 0
FROM (SELECT DISTINCT lock FROM unnest($2::int8[]) AS k (lock)) k,
     LATERAL (SELECT p.number FROM flowrun.messages p
              WHERE p.queue = $1::int4 AND p.lock = k.lock AND p.lock IS NOT NULL AND p.state <> 3
              ORDER BY p.queue, p.lock, p.number LIMIT 1) first
WHERE m.number = first.number AND m.state = 4
)sql"};

const Statement notify = {"notify", "SELECT pg_notify($1::text, '')"};

// What was given back until now, and what is out with a lease that is over; so often without a word, it is dead ($3).
const Statement due = {"due", R"sql(
WITH late AS (
    SELECT number, state FROM flowrun.messages
    WHERE queue = $1::int4 AND state IN (1, 2) AND free_at <= now() ORDER BY queue, free_at LIMIT 1000 FOR UPDATE SKIP LOCKED),
moved AS (
    UPDATE flowrun.messages m
    SET state = CASE WHEN l.state = 1 AND m.silences + 1 >= $3::int4 THEN 3 ELSE 0 END,
        silences = m.silences + CASE WHEN l.state = 1 THEN 1 ELSE 0 END, doubted = m.doubted OR l.state = 1, held = NULL,
        attempts = CASE WHEN l.state = 1 AND m.silences + 1 >= $3 THEN greatest(m.attempts, m.silences + 1)
                        ELSE m.attempts END,
        error = CASE WHEN l.state = 1 AND m.silences + 1 >= $3
                     THEN convert_to('{"code":"permanent","message":"poison: given out ' || m.silences + 1 ||
                                     ' times, and each time nobody has said what came of it"}', 'UTF8')
                     ELSE m.error END
    FROM late l WHERE m.number = l.number RETURNING m.state),
mine AS (
    UPDATE flowrun.accounts SET buried = buried + (SELECT count(*) FROM moved WHERE state = 3)
    WHERE queue = $1 AND owner = $2::int8 AND EXISTS (SELECT FROM moved WHERE state = 3))
SELECT count(*) FROM moved
)sql"};

const Statement take = {"take", R"sql(
WITH found AS MATERIALIZED (
    SELECT number FROM flowrun.messages
    WHERE queue = $1::int4 AND state = 0 ORDER BY queue, number LIMIT $3::int4 FOR UPDATE SKIP LOCKED),
mine AS (
    UPDATE flowrun.messages m
    SET state = 1, owner = $2::int8, given = m.given + 1, free_at = now() + $4::int8 * interval '1 microsecond'
    FROM found f WHERE m.number = f.number
    RETURNING m.number, m.given, m.doubted, m.attempts, m.format, m.sibling, m.siblings, m.emitted, m.accepted,
              m.id, m.key, m.traceparent, m.origin, m.error, m.body)
SELECT * FROM mine ORDER BY number
)sql"};

// The same, of each key only the first, and none while another of its key is out.
const Statement take_by_key = {"take_by_key", R"sql(
WITH found AS MATERIALIZED (
    SELECT number, lock FROM flowrun.messages
    WHERE queue = $1::int4 AND state = 0 ORDER BY queue, number LIMIT $3::int4 FOR UPDATE SKIP LOCKED),
free AS MATERIALIZED (
    SELECT number, lock FROM found f
    WHERE lock IS NULL OR NOT EXISTS (
        SELECT FROM flowrun.messages p
        WHERE p.queue = $1 AND p.lock = f.lock AND p.lock IS NOT NULL AND p.state <> 3
          AND (p.number < f.number OR (p.number > f.number AND p.state = 1)))
    ORDER BY number LIMIT $5::int4),
mine AS (
    UPDATE flowrun.messages m
    SET state = 1, owner = $2::int8, given = m.given + 1, free_at = now() + $4::int8 * interval '1 microsecond',
        held = m.lock
    FROM free f WHERE m.number = f.number
    RETURNING m.number, m.given, m.doubted, m.attempts, m.format, m.sibling, m.siblings, m.emitted, m.accepted,
              m.id, m.key, m.traceparent, m.origin, m.error, m.body)
SELECT * FROM mine ORDER BY number
)sql"};

// What waits and cannot be taken since another of its key is before it: out of the way of the next take, until the other is gone.
// The other is locked, so that it does not go unseen meanwhile.
const Statement behind = {"behind", R"sql(
WITH found AS MATERIALIZED (
    SELECT number, lock FROM flowrun.messages
    WHERE queue = $1::int4 AND state = 0 AND lock IS NOT NULL ORDER BY queue, number LIMIT $2::int4 FOR UPDATE SKIP LOCKED),
pairs AS MATERIALIZED (
    SELECT f.number, b.number AS before FROM found f,
        LATERAL (SELECT p.number FROM flowrun.messages p
                 WHERE p.queue = $1 AND p.lock = f.lock AND p.lock IS NOT NULL AND p.state <> 3 AND p.number < f.number
                 ORDER BY p.queue, p.lock, p.number LIMIT 1) b),
kept AS MATERIALIZED (
    SELECT number FROM flowrun.messages
    WHERE number IN (SELECT before FROM pairs) AND state <> 3 FOR SHARE SKIP LOCKED),
moved AS (
    UPDATE flowrun.messages m SET state = 4
    FROM pairs p WHERE m.number = p.number AND p.before IN (SELECT number FROM kept) RETURNING 1)
SELECT count(*) FROM moved
)sql"};

// Microseconds until something is due, or a lease over.
const Statement next = {"next", R"sql(
SELECT (extract(epoch FROM min(free_at) - clock_timestamp()) * 1000000)::int8
FROM flowrun.messages WHERE queue = $1::int4 AND state IN (1, 2)
)sql"};

// What waits behind another of its key that somebody has removed by hand.
const Statement asleep = {"asleep", R"sql(
WITH RECURSIVE keys AS (
    (SELECT lock FROM flowrun.messages WHERE queue = $1::int4 AND state = 4 ORDER BY queue, lock LIMIT 1)
    UNION ALL
    SELECT (SELECT m.lock FROM flowrun.messages m
            WHERE m.queue = $1 AND m.state = 4 AND m.lock > k.lock ORDER BY m.queue, m.lock LIMIT 1)
    FROM keys k WHERE k.lock IS NOT NULL),
first AS (
    SELECT f.number FROM (SELECT lock FROM keys WHERE lock IS NOT NULL LIMIT 10000) k,
        LATERAL (SELECT p.number, p.state FROM flowrun.messages p
                 WHERE p.queue = $1 AND p.lock = k.lock AND p.lock IS NOT NULL AND p.state <> 3
                 ORDER BY p.queue, p.lock, p.number LIMIT 1) f
    WHERE f.state = 4),
woken AS (
    UPDATE flowrun.messages m SET state = 0 FROM first f WHERE m.number = f.number AND m.state = 4 RETURNING 1)
SELECT count(*) FROM woken
)sql"};

}  // namespace flowrun::postgres::statements

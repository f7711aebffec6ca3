#include "statements.hh"

namespace flowrun::pgq {
namespace {

// The table's name for each @.
std::string of(const std::string& table, std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (c == '@') made += table;
        else made += c;
    }
    return made;
}

// $1: ids, $2: the counts by which they were given out.
constexpr std::string_view held = R"sql(
FROM unnest($1::text[], $2::int4[]) AS a (id, count)
WHERE m.id = a.id::uuid AND m.consumed_count = a.count AND m.locked_until IS NOT NULL AND m.processed_at IS NULL
)sql";
// The same, with what goes with each: $3 an error, $4 how often it was tried, $5 microseconds until it may be given out again.
constexpr std::string_view held_with = R"sql(
FROM unnest($1::text[], $2::int4[], $3::text[], $4::int4[], $5::int8[]) AS a (id, count, error, attempts, delay)
WHERE m.id = a.id::uuid AND m.consumed_count = a.count AND m.locked_until IS NOT NULL AND m.processed_at IS NULL
)sql";

std::string join(std::string_view a, std::string_view b, std::string_view c) {
    return std::string(a).append(b).append(c);
}

}  // namespace

// A batch has one transaction and so one CURRENT_TIMESTAMP, and its messages have an order.
Statements::Statements(const std::string& table)
    : push(of(table, R"sql(
INSERT INTO @ (id, created_at, scheduled_for, consumed_count, error_detail, payload, metadata)
SELECT id::uuid, clock_timestamp(), CASE WHEN delay > 0 THEN CURRENT_TIMESTAMP + delay * interval '1 microsecond' END,
       attempts, error, payload::jsonb, metadata::jsonb
FROM unnest($1::text[], $2::int8[], $3::int4[], $4::text[], $5::text[], $6::text[])
     AS new (id, delay, attempts, error, payload, metadata)
ON CONFLICT DO NOTHING RETURNING id::text
)sql")),
      push_again(of(table, R"sql(
INSERT INTO @ (created_at, scheduled_for, consumed_count, error_detail, payload, metadata)
SELECT clock_timestamp(), CASE WHEN delay > 0 THEN CURRENT_TIMESTAMP + delay * interval '1 microsecond' END,
       attempts, error, payload::jsonb, metadata::jsonb || jsonb_build_object('flowrun-id', id)
FROM unnest($1::text[], $2::int8[], $3::int4[], $4::text[], $5::text[], $6::text[])
     AS new (id, delay, attempts, error, payload, metadata)
)sql")),
      ack(of(table, join("UPDATE @ m SET locked_until = NULL, processed_at = CURRENT_TIMESTAMP", held,
                         "RETURNING m.id::text"))),
      nack(of(table, join(R"sql(
UPDATE @ m SET locked_until = NULL, consumed_count = a.attempts, error_detail = coalesce(a.error, m.error_detail),
    scheduled_for = CASE WHEN a.delay > 0 THEN CURRENT_TIMESTAMP + a.delay * interval '1 microsecond' ELSE m.scheduled_for END
)sql",
                          held_with, "RETURNING m.id::text"))),
      reject(of(table, join(R"sql(
UPDATE @ m SET locked_until = NULL, processed_at = CURRENT_TIMESTAMP, consumed_count = greatest(a.attempts, m.consumed_count),
    error_detail = coalesce(a.error, 'rejected')
)sql",
                            held_with, "RETURNING m.id::text"))),
      renew(of(table, join("UPDATE @ m SET locked_until = CURRENT_TIMESTAMP + $3::int8 * interval '1 microsecond'",
                           held, ""))),
      poison(of(table, R"sql(
UPDATE @ SET locked_until = NULL, processed_at = CURRENT_TIMESTAMP,
    error_detail = '{"code":"permanent","message":"poison: given out ' || consumed_count ||
                   ' times, and the last time nobody has said what came of it"}'
WHERE processed_at IS NULL AND locked_until < CURRENT_TIMESTAMP AND consumed_count >= $1::int4
)sql")),
      invalid(of(table, R"sql(
UPDATE @ SET locked_until = NULL, processed_at = CURRENT_TIMESTAMP, error_detail = 'payload is invalid JSON object'
WHERE id = ANY ($1::text[]::uuid[])
)sql")),
      take(of(table, R"sql(
WITH found AS MATERIALIZED (
    SELECT id, locked_until IS NOT NULL AS again FROM @
    WHERE (locked_until IS NULL OR locked_until < CURRENT_TIMESTAMP) AND processed_at IS NULL
      AND (scheduled_for IS NULL OR scheduled_for < CURRENT_TIMESTAMP)
    ORDER BY scheduled_for ASC NULLS LAST, consumed_count ASC, created_at ASC LIMIT $1::int4 FOR UPDATE SKIP LOCKED),
mine AS (
    UPDATE @ m SET locked_until = CURRENT_TIMESTAMP + $2::int8 * interval '1 microsecond', started_at = CURRENT_TIMESTAMP,
                   consumed_count = m.consumed_count + 1
    FROM found f WHERE m.id = f.id
    RETURNING m.id::text AS id, m.consumed_count, f.again, jsonb_typeof(m.payload) = 'object' AS is_object,
              m.payload::text AS payload, m.error_detail, m.scheduled_for, m.created_at,
              (extract(epoch FROM m.created_at) * 1000000)::int8 AS created_us, m.metadata ->> 'flowrun-id',
              m.metadata ->> 'flowrun-key', m.metadata ->> 'traceparent', m.metadata ->> 'flowrun-origin',
              m.metadata ->> 'flowrun-time', m.metadata ->> 'flowrun-accepted', m.metadata ->> 'flowrun-index',
              m.metadata ->> 'flowrun-total', m.metadata ->> 'flowrun-format', m.metadata::text AS metadata)
SELECT * FROM mine ORDER BY scheduled_for ASC NULLS LAST, consumed_count ASC, created_at ASC
)sql")),
      state(of(table, R"sql(
SELECT (extract(epoch FROM min(CASE WHEN locked_until >= CURRENT_TIMESTAMP THEN locked_until
                                    WHEN scheduled_for >= CURRENT_TIMESTAMP THEN scheduled_for
                                    ELSE CURRENT_TIMESTAMP END) - CURRENT_TIMESTAMP) * 1000000)::int8,
       count(*) FILTER (WHERE locked_until >= CURRENT_TIMESTAMP),
       count(*) FILTER (WHERE (locked_until IS NULL OR locked_until < CURRENT_TIMESTAMP)
                          AND (scheduled_for IS NULL OR scheduled_for < CURRENT_TIMESTAMP + interval '30 seconds'))
FROM @ WHERE processed_at IS NULL
)sql")),
      notify("SELECT pg_notify($1::text, '')") {}

void make_table(postgres::Connection& connection, std::string_view table) {
    const std::string quoted = connection.quoted(table), name(table);
    const auto index = [&](const char* suffix) { return connection.quoted(name + suffix); };
    const std::string text =
        "CREATE TABLE IF NOT EXISTS " + quoted + R"sql( (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    started_at timestamptz,
    locked_until timestamptz,
    scheduled_for timestamptz,
    processed_at timestamptz,
    consumed_count integer NOT NULL DEFAULT 0,
    error_detail text,
    payload jsonb NOT NULL,
    metadata jsonb NOT NULL);
CREATE INDEX IF NOT EXISTS )sql" +
        index("_created_at_idx") + " ON " + quoted + " (created_at); CREATE INDEX IF NOT EXISTS " +
        index("_processed_at_null_idx") + " ON " + quoted +
        " (processed_at) WHERE processed_at IS NULL; CREATE INDEX IF NOT EXISTS " + index("_scheduled_for_idx") +
        " ON " + quoted + " (scheduled_for ASC NULLS LAST) WHERE processed_at IS NULL; CREATE INDEX IF NOT EXISTS " +
        index("_metadata_idx") + " ON " + quoted + " USING gin (metadata) WHERE processed_at IS NULL";
    connection.run_all(text.c_str());
}

}  // namespace flowrun::pgq

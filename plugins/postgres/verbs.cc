#include "verbs.hh"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "broker/session.hh"
#include "postgres_client/connection.hh"
#include "rows.hh"
#include "schema.hh"

namespace flowrun::postgres {
namespace {

constexpr std::size_t most_at_once = 1000, most_bytes_at_once = std::size_t{8} << 20;

// With a connection; that it is lost is an error here.
template <class Body>
auto connected(std::string_view text, Body&& body) {
    const Address address = queue_address(text);
    try {
        Connection connection(address);
        return body(connection);
    } catch (const broker::Lost& lost) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, address.server + ": " + lost.text};
    } catch (const sdk::QueueError& error) { throw sdk::QueueError{error.status, address.server + ": " + error.text}; }
}

std::vector<std::int64_t> signed_of(const sdk::Numbers& numbers, std::size_t from) {
    const std::size_t end = std::min(numbers.size(), from + most_at_once);
    std::vector<std::int64_t> some;
    for (std::size_t i = from; i < end; ++i) some.push_back(static_cast<std::int64_t>(numbers[i]));
    return some;
}

// A statement over numbers, some at a time: $1 the queue, $2 the numbers, then what `more` adds. The sum of what it answers.
std::int64_t sum_over(Connection& connection, const char* text, std::int32_t queue, const sdk::Numbers& numbers,
                      const std::function<void(Values&)>& more = {}) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < numbers.size(); i += most_at_once) {
        Values values;
        values.int4(queue).int8s(signed_of(numbers, i));
        if (more) more(values);
        sum += connection.run(text, values).integer(0, 0);
    }
    return sum;
}

void tell_news(Connection& connection, std::int32_t queue) {
    connection.run("SELECT pg_notify($1::text, '')", Values().text("flowrun_" + std::to_string(queue)));
}

// 0: there is none, or no tables at all.
std::int32_t queue_of(Connection& connection, std::string_view name) {
    return has_schema(connection) ? find_queue(connection, name) : 0;
}

void count_put(Connection& connection, std::int32_t queue, std::int64_t count) {
    connection.run(R"sql(
        INSERT INTO flowrun.accounts (queue, owner, put) VALUES ($1::int4, 0, $2::int8)
        ON CONFLICT (queue, owner) DO UPDATE SET put = accounts.put + excluded.put)sql",
                   Values().int4(queue).int8(count));
}

// The first of a key waits for nobody any more.
constexpr const char* wake_keys = R"sql(
UPDATE flowrun.messages m SET state = 0
WHERE m.queue = $1::int4 AND m.state = 4 AND NOT EXISTS (
    SELECT FROM flowrun.messages p WHERE p.queue = m.queue AND p.lock = m.lock AND p.lock IS NOT NULL AND p.state <> 3
                                     AND p.number < m.number))sql";

constexpr const char* replay = R"sql(
WITH found AS (
    SELECT number FROM flowrun.messages
    WHERE queue = $1::int4 AND state = 3 AND number = ANY ($2::int8[]) ORDER BY number FOR UPDATE SKIP LOCKED),
fresh AS MATERIALIZED (SELECT number, nextval(pg_get_serial_sequence('flowrun.messages', 'number')) AS next FROM found),
back AS (
    UPDATE flowrun.messages m
    SET number = f.next, state = 0, free_at = now(), attempts = 0, error = NULL, origin = NULL, silences = 0,
        doubted = false, owner = NULL
    FROM fresh f WHERE m.number = f.number RETURNING 1),
counted AS (
    INSERT INTO flowrun.accounts (queue, owner, put, dead_taken)
    SELECT $1, 0, count(*), count(*) FROM back
    ON CONFLICT (queue, owner) DO UPDATE SET put = accounts.put + excluded.put,
                                             dead_taken = accounts.dead_taken + excluded.dead_taken)
SELECT count(*) FROM back)sql";

constexpr const char* drop_waiting = R"sql(
WITH found AS (
    SELECT number FROM flowrun.messages
    WHERE queue = $1::int4 AND state IN (0, 2, 4) AND number = ANY ($2::int8[]) FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM flowrun.messages m USING found f WHERE m.number = f.number RETURNING 1),
counted AS (
    INSERT INTO flowrun.accounts (queue, owner, taken) SELECT $1, 0, count(*) FROM gone
    ON CONFLICT (queue, owner) DO UPDATE SET taken = accounts.taken + excluded.taken)
SELECT count(*) FROM gone)sql";

constexpr const char* drop_dead = R"sql(
WITH gone AS (
    DELETE FROM flowrun.messages WHERE queue = $1::int4 AND state = 3 AND number = ANY ($2::int8[]) RETURNING 1),
counted AS (
    INSERT INTO flowrun.accounts (queue, owner, dead_taken) SELECT $1, 0, count(*) FROM gone
    ON CONFLICT (queue, owner) DO UPDATE SET dead_taken = accounts.dead_taken + excluded.dead_taken)
SELECT count(*) FROM gone)sql";

constexpr const char* move = R"sql(
WITH found AS (
    SELECT number FROM flowrun.messages
    WHERE queue = $1::int4 AND state IN (0, 2, 4) AND number = ANY ($2::int8[]) ORDER BY number FOR UPDATE SKIP LOCKED),
fresh AS MATERIALIZED (SELECT number, nextval(pg_get_serial_sequence('flowrun.messages', 'number')) AS next FROM found),
moved AS (
    UPDATE flowrun.messages m
    SET number = f.next, queue = $3::int4, state = CASE WHEN m.state = 2 THEN 2 ELSE 0 END
    FROM fresh f WHERE m.number = f.number RETURNING 1),
counted AS (
    INSERT INTO flowrun.accounts (queue, owner, taken) SELECT $1, 0, count(*) FROM moved
    ON CONFLICT (queue, owner) DO UPDATE SET taken = accounts.taken + excluded.taken),
counted_there AS (
    INSERT INTO flowrun.accounts (queue, owner, put) SELECT $3, 0, count(*) FROM moved
    ON CONFLICT (queue, owner) DO UPDATE SET put = accounts.put + excluded.put)
SELECT count(*) FROM moved)sql";

constexpr const char* put = R"sql(
INSERT INTO flowrun.messages (queue, state, free_at, lock, attempts, format, sibling, siblings, emitted, accepted,
                              id, key, traceparent, origin, error, body)
SELECT $1::int4, CASE WHEN delay > 0 THEN 2 ELSE 0 END, now() + delay * interval '1 microsecond', lock, attempts, format,
       sibling, siblings, emitted, accepted, id, key, traceparent, origin, error, body
FROM unnest($2::int8[], $3::int8[], $4::int4[], $5::int4[], $6::int8[], $7::int8[], $8::int8[], $9::int8[],
            $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bytea[])
     AS new (delay, lock, attempts, format, sibling, siblings, emitted, accepted, id, key, traceparent, origin, error, body)
)sql";

std::uint64_t at(const Result& result, int row, int column) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(result.integer(row, column), 0));
}

}  // namespace

Address queue_address(std::string_view url) { return address_of(url, "postgres", {"prefetch", "deliveries"}); }

void Verbs::list(std::string_view url, const std::function<void(std::string_view, const flowrun_queue_depth&)>& give) {
    connected(url, [&](Connection& connection) {
        if (!has_schema(connection)) return;
        const Result all = connection.run(R"sql(
            SELECT q.name, count(m.*) FILTER (WHERE state IN (0, 2, 4)), count(m.*) FILTER (WHERE state = 1),
                   count(m.*) FILTER (WHERE state = 3), coalesce(sum(octet_length(body)), 0)::int8,
                   coalesce(min(accepted) FILTER (WHERE state IN (0, 2, 4)), 0),
                   count(m.*) FILTER (WHERE state = 2 AND free_at > now())
            FROM flowrun.queues q LEFT JOIN flowrun.messages m ON m.queue = q.id GROUP BY q.id ORDER BY q.name)sql");
        for (int i = 0; i < all.rows(); ++i) {
            flowrun_queue_depth depth{};
            depth.size = sizeof depth;
            depth.waiting = at(all, i, 1);
            depth.leased = at(all, i, 2);
            depth.dead = at(all, i, 3);
            depth.bytes = at(all, i, 4);
            depth.oldest = all.integer(i, 5);
            depth.later = at(all, i, 6);
            give(all.bytes(i, 0), depth);
        }
    });
}

void Verbs::audit(std::string_view url, const std::function<void(std::string_view, const flowrun_queue_audit&)>& give) {
    connected(url, [&](Connection& connection) {
        if (!has_schema(connection)) return;
        const Result all = connection.run(R"sql(
            SELECT q.name, coalesce(a.pushed, 0), coalesce(a.put, 0), coalesce(a.acked, 0), coalesce(a.buried, 0),
                   coalesce(a.taken, 0), coalesce(a.dead_taken, 0), coalesce(m.waiting, 0), coalesce(m.dead, 0)
            FROM flowrun.queues q
            LEFT JOIN (SELECT queue, sum(pushed)::int8 AS pushed, sum(put)::int8 AS put, sum(acked)::int8 AS acked,
                              sum(buried)::int8 AS buried, sum(taken)::int8 AS taken, sum(dead_taken)::int8 AS dead_taken
                       FROM flowrun.accounts GROUP BY queue) a ON a.queue = q.id
            LEFT JOIN (SELECT queue, count(*) FILTER (WHERE state <> 3) AS waiting, count(*) FILTER (WHERE state = 3) AS dead
                       FROM flowrun.messages GROUP BY queue) m ON m.queue = q.id
            ORDER BY q.name)sql");
        for (int i = 0; i < all.rows(); ++i) {
            flowrun_queue_audit audit{};
            audit.size = sizeof audit;
            audit.pushed = at(all, i, 1);
            audit.put = at(all, i, 2);
            audit.acked = at(all, i, 3);
            audit.buried = at(all, i, 4);
            audit.taken = at(all, i, 5);
            audit.dead_taken = at(all, i, 6);
            audit.waiting = at(all, i, 7);
            audit.dead = at(all, i, 8);
            give(all.bytes(i, 0), audit);
        }
    });
}

void Verbs::peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                 const std::function<void(const flowrun_queue_item&)>& give) {
    connected(url, [&](Connection& connection) {
        const std::int32_t queue = queue_of(connection, name);
        if (queue == 0 || from > INT64_MAX) return;
        for (std::uint64_t left = most; left != 0;) {
            const std::uint64_t some = std::min<std::uint64_t>(left, 256);
            const Result rows = connection.run(
                dead ? R"sql(
                SELECT number, given, doubted, attempts, format, sibling, siblings, emitted, accepted, id, key, traceparent,
                       origin, error, body, 0::int8
                FROM flowrun.messages WHERE queue = $1::int4 AND state = 3 AND number >= $2::int8
                ORDER BY queue, number LIMIT $3::int8)sql"
                     : R"sql(
                SELECT number, given, doubted, attempts, format, sibling, siblings, emitted, accepted, id, key, traceparent,
                       origin, error, body,
                       CASE WHEN state = 2 THEN (extract(epoch FROM free_at) * 1000000)::int8 * 1000 ELSE 0 END
                FROM flowrun.messages WHERE queue = $1::int4 AND state <> 3 AND number >= $2::int8
                ORDER BY number LIMIT $3::int8)sql",
                Values().int4(queue).int8(static_cast<std::int64_t>(from)).int8(static_cast<std::int64_t>(some)));
            for (int i = 0; i < rows.rows(); ++i) {
                Given one = given_of(rows, i);
                one.message.due = rows.integer(i, 15);
                give(one.message.seen());
                from = one.message.number + 1;
            }
            if (static_cast<std::uint64_t>(rows.rows()) < some) return;
            left -= some;
        }
    });
}

std::int64_t Verbs::replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers) {
    return connected(url, [&](Connection& connection) -> std::int64_t {
        const std::int32_t queue = queue_of(connection, name);
        if (queue == 0) return 0;
        const std::int64_t count = sum_over(connection, postgres::replay, queue, numbers);
        tell_news(connection, queue);
        return count;
    });
}

std::int64_t Verbs::drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers) {
    return connected(url, [&](Connection& connection) -> std::int64_t {
        const std::int32_t queue = queue_of(connection, name);
        if (queue == 0) return 0;
        const std::int64_t count = sum_over(connection, dead ? drop_dead : drop_waiting, queue, numbers);
        if (dead) return count;
        connection.run(wake_keys, Values().int4(queue));
        tell_news(connection, queue);
        return count;
    });
}

std::int64_t Verbs::move(std::string_view url, std::string_view name, std::string_view to,
                         const sdk::Numbers& numbers) {
    return connected(url, [&](Connection& connection) -> std::int64_t {
        const std::int32_t queue = queue_of(connection, name);
        if (queue == 0) return 0;
        const std::int32_t other = make_queue(connection, to);
        const std::int64_t count =
            sum_over(connection, postgres::move, queue, numbers, [&](Values& values) { values.int4(other); });
        connection.run(wake_keys, Values().int4(queue));
        tell_news(connection, queue);
        tell_news(connection, other);
        return count;
    });
}

std::int64_t Verbs::put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                        std::size_t count) {
    return connected(url, [&](Connection& connection) -> std::int64_t {
        make_schema(connection);
        const std::int32_t queue = make_queue(connection, name);
        timespec now{};
        timespec_get(&now, TIME_UTC);
        const std::int64_t wall = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
        for (std::size_t i = 0; i < count;) {
            std::vector<broker::Message> some;
            for (std::size_t bytes = 0; i < count && some.size() < most_at_once && bytes < most_bytes_at_once; ++i) {
                some.push_back(broker::Message::of(items[i]));
                bytes += some.back().body.size();
            }
            Columns columns;
            for (const broker::Message& one : some) {
                columns.add(one, one.due > wall ? (one.due - wall) / 1000 + 1 : 0);
            }
            Values values;
            values.int4(queue);
            columns.give(values);
            connection.run_all("BEGIN");
            connection.run(postgres::put, values);
            count_put(connection, queue, static_cast<std::int64_t>(some.size()));
            connection.run_all("COMMIT");
        }
        tell_news(connection, queue);
        return static_cast<std::int64_t>(count);
    });
}

std::int64_t Verbs::fsck(std::string_view url, const std::function<void(std::string_view)>& say) {
    return connected(url, [&](Connection& connection) -> std::int64_t {
        if (!has_schema(connection)) return 0;
        const Result wrong = connection.run(R"sql(
            SELECT 'message ' || number || ' lies in a queue that there is not (' || queue || ')'
            FROM flowrun.messages m WHERE NOT EXISTS (SELECT FROM flowrun.queues q WHERE q.id = m.queue)
            UNION ALL SELECT 'message ' || number || ' has a state that there is not (' || state || ')'
            FROM flowrun.messages WHERE state NOT BETWEEN 0 AND 4
            UNION ALL SELECT 'message ' || number || ' is out, and nobody has it'
            FROM flowrun.messages WHERE state = 1 AND owner IS NULL
            UNION ALL SELECT 'message ' || number || ' is not out, and holds its key'
            FROM flowrun.messages WHERE state <> 1 AND held IS NOT NULL)sql");
        for (int i = 0; i < wrong.rows(); ++i) say(wrong.bytes(i, 0));
        // Every byte of every message is read by the server.
        connection.run("SELECT sum(hashtext(encode(body, 'hex'))::int8) FROM flowrun.messages");
        return wrong.rows();
    });
}

std::string warning_of(std::string_view url) {
    return connected(url, [&](Connection& connection) -> std::string {
        const Result set = connection.run(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), "
            "current_setting('full_page_writes')");
        if (set.bytes(0, 0) == "off")
            return "its server does not wait for its disk (fsync = off): a power failure may destroy the database";
        if (set.bytes(0, 1) == "off")
            return "its server answers before its disk has it (synchronous_commit = off): what it took last is lost "
                   "when it "
                   "crashes";
        if (set.bytes(0, 2) == "off")
            return "its server may not come back from a power failure (full_page_writes = off)";
        return {};
    });
}

void probe_server(std::string_view url, const std::function<void(std::string_view)>& warn) {
    connected(url, [&](Connection& connection) {
        const int version = PQserverVersion(connection.get());
        if (version < 120000) {
            throw sdk::QueueError{FLOWRUN_E_INVALID,
                                  "its server is of version " + std::to_string(version / 10000) + ", and 12 is needed"};
        }
        const char* const may = has_schema(connection)
                                    ? "SELECT has_table_privilege('flowrun.messages', 'INSERT, UPDATE, DELETE')"
                                    : "SELECT has_database_privilege(current_database(), 'CREATE')";
        if (connection.run(may).integer(0, 0) == 0) {
            throw sdk::QueueError{FLOWRUN_E_INVALID,
                                  "this user may not write to the tables of the schema flowrun, or make it: "
                                  "GRANT it, or open the queue once as who may"};
        }
        if (connection.run("SELECT pg_is_in_recovery()").integer(0, 0) != 0)
            throw sdk::QueueError{FLOWRUN_E_INVALID,
                                  "it is a replica, which takes nothing: name its primary, or add "
                                  "target_session_attrs=read-write and both hosts"};
    });
    if (const std::string text = warning_of(url); !text.empty()) warn(text);
}

}  // namespace flowrun::postgres

#include "table.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <memory>
#include <string>

#include "broker/queue.hh"
#include "session.hh"

namespace flowrun::pgq {
namespace {

constexpr std::int64_t second = 1'000'000'000, least_lease = second, default_lease = 30 * second;
constexpr std::size_t largest = std::size_t{255} << 20;  // of a jsonb

struct Options {
    std::int64_t prefetch, deliveries, poll_ms;
    bool makes;
};

postgres::Address address_of(std::string_view url) {
    return postgres::address_of(url, "pgq", {"prefetch", "deliveries", "poll", "create"});
}
Options options_of(const broker::Url& url) {
    return {url.number("prefetch", 64, 1, 100'000), url.number("deliveries", 20, 1, 1'000'000),
            url.number("poll", 1000, 10, 3'600'000), url.number("create", 0, 0, 1) == 1};
}

[[noreturn]] void cannot(const char* what) {
    throw sdk::QueueError{FLOWRUN_E_INVALID,
                          std::string(what) + " is not for tables of pgq, whose rows have no numbers: use SQL"};
}

// Its tables are whatever has its columns.
template <class Give>
void list_tables(std::string_view url, Give&& give) {
    const postgres::Address address = address_of(url);
    try {
        postgres::Connection connection(address);
        const postgres::Result tables = connection.run(R"sql(
            SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND pg_table_is_visible(c.oid)
              AND a.attname IN ('id', 'created_at', 'started_at', 'locked_until', 'scheduled_for', 'processed_at',
                                'consumed_count', 'error_detail', 'payload', 'metadata')
            GROUP BY c.oid, c.relname HAVING count(*) = 10 ORDER BY c.relname)sql");
        for (int i = 0; i < tables.rows(); ++i) {
            const std::string name(tables.bytes(i, 0));
            const std::string text = R"sql(
                SELECT count(*) FILTER (WHERE processed_at IS NULL AND (locked_until IS NULL OR locked_until < now())),
                       count(*) FILTER (WHERE processed_at IS NULL AND locked_until >= now()),
                       count(*) FILTER (WHERE processed_at IS NOT NULL AND error_detail IS NOT NULL),
                       coalesce(sum(octet_length(payload::text)) FILTER (WHERE processed_at IS NULL OR error_detail IS NOT NULL),
                                0)::int8,
                       coalesce((extract(epoch FROM min(created_at) FILTER (WHERE processed_at IS NULL)) * 1000000)::int8, 0),
                       count(*) FILTER (WHERE processed_at IS NULL AND scheduled_for > now())
                FROM )sql" + connection.quoted(name);
            const postgres::Result counted = connection.run(text.c_str());
            const auto at = [&](int column) { return static_cast<std::uint64_t>(counted.integer(0, column)); };
            flowrun_queue_depth depth{};
            depth.size = sizeof depth;
            depth.waiting = at(0);
            depth.leased = at(1);
            depth.dead = at(2);
            depth.bytes = at(3);
            depth.oldest = counted.integer(0, 4) * 1000;
            depth.later = at(5);
            give(name, depth);
        }
    } catch (const broker::Lost& lost) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, address.server + ": " + lost.text};
    }
}

struct Pgq {
    static constexpr std::uint32_t can = FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_COUNTS | FLOWRUN_QUEUE_LEASES |
                                         FLOWRUN_QUEUE_OBJECTS | FLOWRUN_QUEUE_PROBES;
    using Queue = broker::Queue;

    static void check(std::string_view url) { static_cast<void>(options_of(address_of(url).url)); }
    static std::unique_ptr<Queue> open(const sdk::QueueOpening& with) {
        const postgres::Address address = address_of(sdk::view_of(with.spec.url));
        const Options options = options_of(address.url);
        const std::int64_t lease = with.spec.lease != 0 ? std::max(with.spec.lease, least_lease) : default_lease;
        Session::Settings settings;
        settings.table = sdk::view_of(with.spec.name);
        settings.makes = options.makes;
        settings.takes = (with.spec.flags & FLOWRUN_QUEUE_ONLY_PUSHED) == 0;
        settings.until_empty = (with.spec.flags & FLOWRUN_QUEUE_UNTIL_EMPTY) != 0;
        settings.lease_us = lease / 1000;
        settings.poll_ms = options.poll_ms;
        settings.poison = static_cast<std::int32_t>(options.deliveries);
        Queue::Settings common{address.server, static_cast<std::size_t>(options.prefetch), largest, lease, {}};
        return std::make_unique<Queue>(with, std::move(common), [address, settings](broker::Desk& desk) {
            return std::make_unique<Session>(address, settings, desk);
        });
    }
    template <class Give>
    static void list(std::string_view url, Give&& give) {
        list_tables(url, give);
    }
    template <class Give>
    static void peek(std::string_view, std::string_view, bool, std::uint64_t, std::uint64_t, Give&&) {
        cannot("peek");
    }
    static std::int64_t replay(std::string_view, std::string_view, const sdk::Numbers&) { cannot("replay"); }
    static std::int64_t drop(std::string_view, std::string_view, bool, const sdk::Numbers&) { cannot("drop"); }
    static std::int64_t move(std::string_view, std::string_view, std::string_view, const sdk::Numbers&) {
        cannot("move");
    }
    static std::int64_t put(std::string_view, std::string_view, const flowrun_queue_item*, std::size_t) {
        cannot("import");
    }
    static std::string place(std::string_view url) { return "pgq:" + address_of(url).place; }
    template <class Warn>
    static void probe(const flowrun_queue_spec& spec, Warn&& warn) {
        const std::string_view url = sdk::view_of(spec.url), name = sdk::view_of(spec.name);
        bool found = options_of(address_of(url).url).makes;
        list_tables(url, [&](std::string_view table, const flowrun_queue_depth& depth) {
            if (table != name) return;
            found = true;
            if (depth.waiting > 100'000) {
                warn("the table has " + std::to_string(depth.waiting) +
                     " messages that wait, and all of them are sorted each time that some are taken");
            }
        });
        if (!found) {
            throw sdk::QueueError{FLOWRUN_E_INVALID, "there is no table '" + std::string(name) +
                                                         "' with the columns of pgq in the search path: make it as pgq "
                                                         "does, or write ?create=1 into the URL"};
        }
    }
};

}  // namespace

const flowrun_queue_table queue_table = sdk::queue_table<Pgq>();

}  // namespace flowrun::pgq

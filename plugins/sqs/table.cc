#include "table.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <memory>
#include <string>

#include "broker/queue.hh"
#include "holdings.hh"
#include "session.hh"
#include "verbs.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t second = 1'000'000'000, default_lease = 30 * second;
constexpr std::size_t largest = std::size_t{1} << 20;  // the session knows the queue's

// Twelve hours are all that SQS lends.
std::int64_t lease_of(const flowrun_queue_spec& spec) {
    const auto wrong = [](const char* what) {
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              std::string(what) + " may be 12 h at the most: SQS lends a message no longer"};
    };
    if (spec.lease > Holdings::longest) wrong("'lease'");
    if (spec.timeout > Holdings::longest) wrong("'timeout'");
    const std::int64_t lease = spec.lease != 0 ? spec.lease : default_lease;
    return Receiver::seconds(lease) * second;
}

struct Sqs {
    static constexpr std::uint32_t can =
        FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_LEASES | FLOWRUN_QUEUE_KEYS | FLOWRUN_QUEUE_PROBES;
    using Queue = broker::Queue;

    static void check(std::string_view url) { static_cast<void>(queue_place_of(url)); }
    static std::unique_ptr<Queue> open(const sdk::QueueOpening& with) {
        const std::string_view text = sdk::view_of(with.spec.url);
        const Place place = queue_place_of(text);
        const broker::Url url = broker::parse_url(text);
        const std::int64_t lease = lease_of(with.spec);
        const auto is = [&](std::uint32_t flag) { return (with.spec.flags & flag) != 0; };
        const Session::Settings settings{std::string(sdk::view_of(with.spec.name)),
                                         static_cast<std::uint64_t>(url.number("deliveries", 20, 1, 1'000'000)),
                                         url.number("wait", 20, 1, 20),
                                         is(FLOWRUN_QUEUE_UNTIL_EMPTY),
                                         !is(FLOWRUN_QUEUE_ONLY_PUSHED),
                                         is(FLOWRUN_QUEUE_BY_KEY) && Names(sdk::view_of(with.spec.name)).fifo};
        Queue::Settings common{place.name(), static_cast<std::size_t>(url.number("prefetch", 256, 1, 10'000)), largest,
                               lease, [warning = warning_of(with.spec)] { return warning; }};
        auto holdings = std::make_shared<Holdings>(lease);
        return std::make_unique<Queue>(with, std::move(common), [place, settings, holdings](broker::Desk& desk) {
            return std::make_unique<Session>(place, settings, holdings, desk);
        });
    }
    template <class Give>
    static void list(std::string_view url, Give&& give) {
        list_queues(url, give);
    }
    template <class Give>
    static void peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                     Give&& give) {
        peek_items(url, name, dead, from, most, give);
    }
    static std::int64_t replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers) {
        return replay_dead(url, name, numbers);
    }
    static std::int64_t drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers) {
        return drop_items(url, name, dead, numbers);
    }
    // What waits has no numbers.
    static std::int64_t move(std::string_view, std::string_view, std::string_view, const sdk::Numbers&) {
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              "SQS shows nothing that waits, and so moves nothing of it: let a flow take from the "
                              "one queue and lead into the other"};
    }
    static std::int64_t put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                            std::size_t count) {
        return put_items(url, name, items, count);
    }
    static std::string place(std::string_view url) {
        const Place at = queue_place_of(url);
        return "sqs:" + at.region + "/" + at.endpoint + "/" + at.account + "/" + at.profile;
    }
    template <class Warn>
    static void probe(const flowrun_queue_spec& spec, Warn&& warn) {
        static_cast<void>(lease_of(spec));
        probe_queue(spec, warn);
    }
};

}  // namespace

const flowrun_queue_table queue_table = sdk::queue_table<Sqs>();

}  // namespace flowrun::sqs

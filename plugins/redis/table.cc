#include "table.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <memory>
#include <string>

#include "broker/queue.hh"
#include "connection.hh"
#include "consumer.hh"
#include "session.hh"
#include "verbs.hh"

namespace flowrun::redis {
namespace {

constexpr std::int64_t second = 1'000'000'000, least_lease = second, default_lease = 30 * second;
constexpr std::size_t largest = (std::size_t{512} << 20) - (std::size_t{1} << 20);  // proto-max-bulk-len, less the rest

struct Redis : Verbs {
    static constexpr std::uint32_t can = FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_FIFO | FLOWRUN_QUEUE_COUNTS |
                                         FLOWRUN_QUEUE_PEEKS | FLOWRUN_QUEUE_LEASES | FLOWRUN_QUEUE_AUDITS |
                                         FLOWRUN_QUEUE_PROBES;
    using Queue = broker::Queue;

    static void check(std::string_view url) { static_cast<void>(url_of(url)); }
    static std::unique_ptr<Queue> open(const sdk::QueueOpening& with) {
        const std::string text(sdk::view_of(with.spec.url));
        const broker::Url url = url_of(text);
        const std::int64_t lease = with.spec.lease != 0 ? std::max(with.spec.lease, least_lease) : default_lease;
        Session::Settings settings{std::string(sdk::view_of(with.spec.name)), new_consumer(with.host.wall()),
                                   lease / 1'000'000, url.number("deliveries", 20, 1, 1'000'000),
                                   (with.spec.flags & FLOWRUN_QUEUE_UNTIL_EMPTY) != 0};
        Queue::Settings common{url.server(default_port),
                               static_cast<std::size_t>(url.number("prefetch", 1024, 1, 100'000)), largest, lease,
                               [text] { return warning_of(text); }};
        return std::make_unique<Queue>(with, std::move(common), [url, settings](broker::Desk& desk) {
            return std::make_unique<Session>(url, settings, desk);
        });
    }
    static std::string place(std::string_view url) {
        const broker::Url at = url_of(url);
        return "redis:" + at.server(default_port) + "/" + (at.path.empty() ? "0" : at.path);
    }
    template <class Warn>
    static void probe(const flowrun_queue_spec& spec, Warn&& warn) {
        probe_server(sdk::view_of(spec.url), warn);
    }
};

}  // namespace

const flowrun_queue_table queue_table = sdk::queue_table<Redis>();

}  // namespace flowrun::redis

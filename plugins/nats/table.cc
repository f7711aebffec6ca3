#include "table.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <memory>
#include <string>

#include "broker/leases.hh"
#include "broker/queue.hh"
#include "connection.hh"
#include "session.hh"
#include "verbs.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t second = 1'000'000'000, least_lease = second, default_lease = 30 * second;
constexpr std::size_t largest = std::size_t{64} << 20;  // max_payload can be no more; the session knows the server's

struct Nats : Verbs {
    static constexpr std::uint32_t can = FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_FIFO | FLOWRUN_QUEUE_COUNTS |
                                         FLOWRUN_QUEUE_PEEKS | FLOWRUN_QUEUE_LEASES | FLOWRUN_QUEUE_PROBES;
    using Queue = broker::Queue;

    static void check(std::string_view url) { static_cast<void>(url_of(url)); }
    static std::unique_ptr<Queue> open(const sdk::QueueOpening& with) {
        const std::string text(sdk::view_of(with.spec.url)), name(sdk::view_of(with.spec.name));
        const broker::Url url = url_of(text);
        const std::int64_t lease = with.spec.lease != 0 ? std::max(with.spec.lease, least_lease) : default_lease;
        const Session::Settings settings{name, url.number("deliveries", 20, 1, 1'000'000), replicas_of(url),
                                         (with.spec.flags & FLOWRUN_QUEUE_UNTIL_EMPTY) != 0,
                                         (with.spec.flags & FLOWRUN_QUEUE_ONLY_PUSHED) == 0};
        Queue::Settings common{url.server(default_port),
                               static_cast<std::size_t>(url.number("prefetch", 1024, 1, 100'000)), largest, lease,
                               [text, name] { return warning_of(text, name); }};
        auto leases = std::make_shared<broker::Leases>(lease);
        return std::make_unique<Queue>(with, std::move(common), [url, settings, leases](broker::Desk& desk) {
            return std::make_unique<Session>(url, settings, leases, desk);
        });
    }
    // A server keeps accounts apart, which go by the user.
    static std::string place(std::string_view url) {
        const broker::Url at = url_of(url);
        const std::string* const creds = at.find("creds");
        return "nats:" + at.server(default_port) + "/" + at.user + (creds == nullptr ? "" : *creds);
    }
    template <class Warn>
    static void probe(const flowrun_queue_spec& spec, Warn&& warn) {
        probe_queue(sdk::view_of(spec.url), sdk::view_of(spec.name),
                    spec.lease != 0 ? std::max(spec.lease, least_lease) : default_lease, warn);
    }
};

}  // namespace

const flowrun_queue_table queue_table = sdk::queue_table<Nats>();

}  // namespace flowrun::nats

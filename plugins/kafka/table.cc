#include "table.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <memory>
#include <string>

#include "broker/queue.hh"
#include "producer.hh"
#include "session.hh"
#include "settings.hh"
#include "verbs.hh"

namespace flowrun::kafka {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// What a cluster takes for a member's silence, if it is not set up otherwise.
constexpr std::int64_t least_lease = 6 * second, default_lease = 45 * second, longest_lease = 1800 * second;

// How long others wait for what this process has out: they do for max.poll.interval.ms, which is five minutes.
constexpr std::int64_t least_handover = 30 * second, longest_handover = 270 * second;

std::int64_t lease_of(const flowrun_queue_spec& spec) {
    return spec.lease == 0 ? default_lease : std::clamp(spec.lease, least_lease, longest_lease);
}

// Where nobody has said what the order is, all stands in it, unless the URL asks for several partitions.
Session::Manner manner_of(const Settings& settings, const flowrun_queue_spec& spec) {
    const std::string_view order = sdk::view_of(spec.order);
    const bool fifo = order.starts_with("order: fifo"), none = order.starts_with("order: none");
    Session::Manner made;
    made.name = sdk::view_of(spec.name);
    made.by_key = (spec.flags & FLOWRUN_QUEUE_BY_KEY) != 0;
    made.takes = (spec.flags & FLOWRUN_QUEUE_ONLY_PUSHED) == 0;
    made.until_empty = (spec.flags & FLOWRUN_QUEUE_UNTIL_EMPTY) != 0;
    made.spreads = !fifo && (made.by_key || none || order.starts_with("order: by_key") || settings.partitions > 1);
    made.in_place = fifo || made.by_key;
    made.lease = lease_of(spec);
    made.handover = std::clamp(spec.timeout, least_handover, longest_handover);
    return made;
}

struct Kafka : Verbs {
    static constexpr std::uint32_t can = FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_FIFO | FLOWRUN_QUEUE_COUNTS |
                                         FLOWRUN_QUEUE_PEEKS | FLOWRUN_QUEUE_LEASES | FLOWRUN_QUEUE_KEYS |
                                         FLOWRUN_QUEUE_PROBES | FLOWRUN_QUEUE_ALONE;
    using Queue = broker::Queue;

    static void check(std::string_view url) { static_cast<void>(read_settings(url)); }
    static std::unique_ptr<Queue> open(const sdk::QueueOpening& with) {
        const Settings settings = read_settings(sdk::view_of(with.spec.url));
        const Session::Manner manner = manner_of(settings, with.spec);
        Queue::Settings common{settings.servers, static_cast<std::size_t>(settings.prefetch),
                               largest_message(settings)};
        return std::make_unique<Queue>(with, std::move(common), [settings, manner](broker::Desk& desk) {
            return std::make_unique<Session>(settings, manner, desk);
        });
    }
    static std::string place(std::string_view url) {
        const Settings settings = read_settings(url);
        return "kafka:" + settings.servers + "/" + settings.topic + "?" + settings.group;
    }
    template <class Warn>
    static void probe(const flowrun_queue_spec& spec, Warn&& warn) {
        probe_queue(spec, warn);
    }
};

}  // namespace

const flowrun_queue_table queue_table = sdk::queue_table<Kafka>();

}  // namespace flowrun::kafka

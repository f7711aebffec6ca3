#include "table.hh"

#include <flowrun/cxx/queue.hh>

#include <sys/random.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "broker/queue.hh"
#include "session.hh"
#include "verbs.hh"

namespace flowrun::postgres {
namespace {

constexpr std::int64_t second = 1'000'000'000, least_lease = second, default_lease = 30 * second;
constexpr std::size_t largest = std::size_t{512}
                                << 20;  // of a server's row (1 GB), which it has several times in memory

// Of this process's queue, in the world; 0 is for what is done by hand.
std::int64_t new_owner(const flowrun_host& host) {
    std::uint64_t owner = 0;
    if (getrandom(&owner, sizeof owner, 0) != sizeof owner) owner = static_cast<std::uint64_t>(host.wall());
    return static_cast<std::int64_t>((owner >> 1) | 1);
}

struct Postgres : Verbs {
    static constexpr std::uint32_t can = FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_FIFO | FLOWRUN_QUEUE_COUNTS |
                                         FLOWRUN_QUEUE_PEEKS | FLOWRUN_QUEUE_LEASES | FLOWRUN_QUEUE_KEYS |
                                         FLOWRUN_QUEUE_AUDITS | FLOWRUN_QUEUE_FSCKS | FLOWRUN_QUEUE_PROBES;
    using Queue = broker::Queue;

    static void check(std::string_view url) {
        const Address address = queue_address(url);
        static_cast<void>(prefetch_of(address.url));
        static_cast<void>(deliveries_of(address.url));
    }
    static std::unique_ptr<Queue> open(const sdk::QueueOpening& with) {
        const std::string text(sdk::view_of(with.spec.url));
        const Address address = queue_address(text);
        const std::int64_t lease = with.spec.lease != 0 ? std::max(with.spec.lease, least_lease) : default_lease;
        Session::Settings settings;
        settings.name = sdk::view_of(with.spec.name);
        settings.owner = new_owner(with.host);
        settings.takes = (with.spec.flags & FLOWRUN_QUEUE_ONLY_PUSHED) == 0;
        settings.until_empty = (with.spec.flags & FLOWRUN_QUEUE_UNTIL_EMPTY) != 0;
        settings.by_key = (with.spec.flags & FLOWRUN_QUEUE_BY_KEY) != 0;
        settings.lease_us = lease / 1000;
        settings.poison = static_cast<std::int32_t>(deliveries_of(address.url));
        Queue::Settings common{address.server, static_cast<std::size_t>(prefetch_of(address.url)), largest, lease,
                               [text] { return warning_of(text); }};
        return std::make_unique<Queue>(with, std::move(common), [address, settings](broker::Desk& desk) {
            return std::make_unique<Session>(address, settings, desk);
        });
    }
    static std::string place(std::string_view url) { return "postgres:" + queue_address(url).place; }
    template <class Warn>
    static void probe(const flowrun_queue_spec& spec, Warn&& warn) {
        probe_server(sdk::view_of(spec.url), warn);
    }

private:
    static std::int64_t prefetch_of(const broker::Url& url) { return url.number("prefetch", 1024, 1, 100'000); }
    static std::int64_t deliveries_of(const broker::Url& url) { return url.number("deliveries", 20, 1, 1'000'000); }
};

}  // namespace

const flowrun_queue_table queue_table = sdk::queue_table<Postgres>();

}  // namespace flowrun::postgres

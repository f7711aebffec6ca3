#include "table.hh"

#include <flowrun/cxx/queue.hh>

#include <memory>
#include <string>

#include "broker/queue.hh"
#include "server.hh"
#include "session.hh"
#include "verbs.hh"

namespace flowrun::amqp {
namespace {

constexpr std::size_t largest = std::size_t{128}
                                << 20;          // what RabbitMQ takes unless told otherwise; 16 MiB from 4.0 on
constexpr std::size_t longest_name = 255 - 16;  // with .dead or .wait.10m behind it

struct Amqp : Verbs {
    static constexpr std::uint32_t can = FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_FIFO | FLOWRUN_QUEUE_PROBES;
    using Queue = broker::Queue;

    static void check(std::string_view url) { static_cast<void>(queue_server_of(url)); }
    static std::unique_ptr<Queue> open(const sdk::QueueOpening& with) {
        const std::string text(sdk::view_of(with.spec.url));
        const Server server = queue_server_of(text);
        const broker::Url url = broker::parse_url(text);
        const auto prefetch = static_cast<std::size_t>(url.number("prefetch", 256, 1, 65'535));
        const Session::Settings settings{std::string(sdk::view_of(with.spec.name)),
                                         (with.spec.flags & FLOWRUN_QUEUE_ONLY_PUSHED) == 0,
                                         (with.spec.flags & FLOWRUN_QUEUE_UNTIL_EMPTY) != 0, prefetch,
                                         static_cast<std::uint64_t>(url.number("deliveries", 20, 1, 1'000'000))};
        if (settings.name.size() > longest_name)
            throw sdk::QueueError{FLOWRUN_E_INVALID,
                                  "the name of the queue is too long for RabbitMQ: '" + settings.name + "'"};
        Queue::Settings common{server.name(), prefetch, largest, 0, {}};
        return std::make_unique<Queue>(with, std::move(common), [server, settings](broker::Desk& desk) {
            return std::make_unique<Session>(server, settings, desk);
        });
    }
    // What waits has no numbers.
    static std::int64_t move(std::string_view, std::string_view, std::string_view, const sdk::Numbers&) {
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              "in RabbitMQ messages are moved from queue to queue with its shovel plugin"};
    }
    template <class Warn>
    static void probe(const flowrun_queue_spec& spec, Warn&& warn) {
        probe_queue(sdk::view_of(spec.url), sdk::view_of(spec.name), spec.timeout, warn);
    }
    static std::string place(std::string_view url) { return queue_server_of(url).place(); }
    // Its files are the server's own.
    template <class Say>
    static std::int64_t fsck(std::string_view, Say&& say) {
        say("the files of a RabbitMQ server are its own: rabbitmq-diagnostics looks after them");
        return -1;
    }
};

}  // namespace

const flowrun_queue_table queue_table = sdk::queue_table<Amqp>();

}  // namespace flowrun::amqp

#include "verbs.hh"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>

#include "declare.hh"
#include "sweep.hh"

namespace flowrun::amqp {
namespace {

constexpr amqp_channel_t errands = 1;
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t usual_timeout = 1800,
                       longest_timeout = 100 * 365 * 86'400LL;  // seconds; of the server's consumer_timeout

// That a connection is lost is an error here.
template <class Body>
auto connected(std::string_view url, Body&& body) {
    const Server server = queue_server_of(url);
    try {
        return body(server);
    } catch (const broker::Lost& lost) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, server.name() + ": " + lost.text};
    } catch (const ChannelClosed& closed) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, server.name() + ": " + closed.text};
    }
}

void only_dead(bool dead, std::string_view what) {
    if (dead) return;
    throw sdk::QueueError{FLOWRUN_E_INVALID,
                          "RabbitMQ shows nothing that waits without giving it out: only dead letters can be " +
                              std::string(what) + " (--dead); rabbitmqctl and the management plugin tell more"};
}

std::int64_t sweep_chosen(std::string_view url, std::string_view name, const sdk::Numbers& numbers, Fate fate) {
    const std::unordered_set<std::uint64_t> chosen(numbers.begin(), numbers.end());
    return connected(url, [&](const Server& server) {
        return sweep_dead(server, name, [&](const broker::Message& message) {
            return chosen.contains(message.number) ? fate : Fate::stays;
        });
    });
}

}  // namespace

Server queue_server_of(std::string_view text) {
    const broker::Url url = broker::parse_url(text);
    Server server = server_of(url, {"prefetch", "deliveries", "consumer_timeout"});
    static_cast<void>(url.number("prefetch", 1, 1, 65'535));
    static_cast<void>(url.number("consumer_timeout", 1, 1, longest_timeout));
    static_cast<void>(url.number("deliveries", 1, 1, 1'000'000));
    return server;
}

void Verbs::list(std::string_view url, const std::function<void(std::string_view, const flowrun_queue_depth&)>& give) {
    connected(url, [&](const Server& server) {
        Connection connection(server, "flowrun queue");
        Clerk clerk(connection, errands);
        for (const std::string& name : clerk.all()) {
            const auto waiting = clerk.waiting(name);
            const auto dead = clerk.waiting(dead_of(name));
            if (!waiting && !dead) continue;  // deleted since
            flowrun_queue_depth depth{};
            depth.size = sizeof depth;
            depth.dead = dead.value_or(0);
            for (const Step& step : steps()) depth.later += clerk.waiting(wait_of(name, step)).value_or(0);
            depth.waiting = waiting.value_or(0) + depth.later;
            give(name, depth);
        }
    });
}

// The first of them, by number.
void Verbs::peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                 const std::function<void(const flowrun_queue_item&)>& give) {
    only_dead(dead, "looked at");
    std::multimap<std::uint64_t, broker::Message> first;
    connected(url, [&](const Server& server) {
        return sweep_dead(server, name, [&](const broker::Message& message) {
            if (message.number < from || most == 0) return Fate::stays;
            if (first.size() >= most) {
                const auto last = std::prev(first.end());
                if (last->first <= message.number) return Fate::stays;
                first.erase(last);
            }
            first.emplace(message.number, message);
            return Fate::stays;
        });
    });
    for (const auto& [number, message] : first) give(message.seen());
}

std::int64_t Verbs::replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers) {
    return sweep_chosen(url, name, numbers, Fate::returns);
}

std::int64_t Verbs::drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers) {
    only_dead(dead, "dropped");
    return sweep_chosen(url, name, numbers, Fate::goes);
}

std::int64_t Verbs::put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                        std::size_t count) {
    return connected(url, [&](const Server& server) {
        put_down(server, name, items, count);
        return static_cast<std::int64_t>(count);
    });
}

// The protocol does not tell consumer_timeout.
void probe_queue(std::string_view url, std::string_view name, std::int64_t timeout,
                 const std::function<void(std::string_view)>& warn) {
    connected(url, [&](const Server& server) {
        Connection connection(server, "flowrun check");
        Clerk clerk(connection, errands);
        static_cast<void>(clerk.waiting(name));
    });
    const broker::Url parsed = broker::parse_url(url);
    const bool told = parsed.find("consumer_timeout") != nullptr;
    const std::int64_t most = parsed.number("consumer_timeout", usual_timeout, 1, longest_timeout);
    if (timeout / second >= most) {
        warn("an attempt may take " + std::to_string(timeout / second) +
             " s, and RabbitMQ takes a message away from who has not acked it within consumer_timeout, " +
             std::to_string(most) +
             (told ? " s"
                   : " s unless it is told otherwise: say what it is as consumer_timeout in the URL, in seconds"));
    } else if (timeout == 0 && told) {
        warn(
            "the edge has no timeout, and RabbitMQ takes a message away from who has not acked it within "
            "consumer_timeout, " +
            std::to_string(most) + " s");
    }
}

}  // namespace flowrun::amqp

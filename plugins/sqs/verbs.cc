#include "verbs.hh"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "batches.hh"
#include "broker/session.hh"
#include "declare.hh"
#include "holdings.hh"
#include "receiver.hh"
#include "sweep.hh"
#include "text.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::int64_t wall() { return std::int64_t{std::time(nullptr)} * second; }

// That nobody answers is an error here.
template <class Body>
auto connected(std::string_view url, Body&& body) {
    const Place place = queue_place_of(url);
    try {
        Service service(place, wall, wall);
        return body(service);
    } catch (const broker::Lost& lost) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, place.name() + ": " + lost.text};
    } catch (sdk::QueueError& refused) {
        refused.text = place.name() + ": " + refused.text;
        throw;
    }
}

void only_dead(bool dead, std::string_view what) {
    if (dead) return;
    throw sdk::QueueError{FLOWRUN_E_INVALID,
                          "SQS shows nothing that waits without giving it out: only dead letters can be " +
                              std::string(what) + " (--dead)"};
}

std::int64_t sweep_chosen(std::string_view url, std::string_view name, const sdk::Numbers& numbers, Fate fate) {
    const std::unordered_set<std::uint64_t> chosen(numbers.begin(), numbers.end());
    return connected(url, [&](Service& service) {
        return sweep_dead(service, name, [&](const broker::Message& message) {
            return chosen.contains(message.number) ? fate : Fate::stays;
        });
    });
}

std::set<std::string> all_queues(Service& service) {
    std::set<std::string> all;
    for (std::string next;;) {
        const std::string from = next.empty() ? "" : ",\"NextToken\":" + broker::json_text(next);
        const Reply page = service.ask("ListQueues", "{\"MaxResults\":1000" + from + "}");
        must(page);
        for (const broker::Json& url : page.json["QueueUrls"].items()) {
            const std::string& text = url.text();
            all.insert(text.substr(text.rfind('/') + 1));
        }
        next = page.json["NextToken"].text();
        if (next.empty()) return all;
    }
}

bool is_dead_of_another(const std::string& queue, const std::set<std::string>& all) {
    const std::string ending = queue.ends_with(fifo_ending) ? std::string(fifo_ending) : std::string();
    const std::string dead = std::string(dead_ending) + ending;
    return queue.ends_with(dead) && all.contains(queue.substr(0, queue.size() - dead.size()) + ending);
}

flowrun_queue_depth depth_of(const QueueAt& queue, const std::optional<QueueAt>& dead) {
    flowrun_queue_depth depth{};
    depth.size = sizeof depth;
    const auto number = [](const QueueAt& of, std::string_view name) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(of.number(name), 0));
    };
    depth.later = number(queue, "ApproximateNumberOfMessagesDelayed");
    depth.waiting = number(queue, "ApproximateNumberOfMessages") + depth.later;
    depth.leased = number(queue, "ApproximateNumberOfMessagesNotVisible");
    if (dead)
        depth.dead =
            number(*dead, "ApproximateNumberOfMessages") + number(*dead, "ApproximateNumberOfMessagesNotVisible");
    return depth;
}

// What may be done with it: requests that are refused for what they ask, if not before for who asks.
void must_be_allowed(Service& service, const QueueAt& queue) {
    for (const char* const action : {"SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"}) {
        const Reply reply = service.ask(action, "{\"QueueUrl\":" + broker::json_text(queue.url) + ",\"Entries\":[]}");
        if (reply.error.starts_with("AccessDenied"))
            throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, std::string(action) + " is not allowed: " + reply.text};
    }
}

void warn_of(const QueueAt& queue, const QueueAt& dead, std::uint64_t deliveries,
             const std::function<void(std::string_view)>& warn) {
    constexpr std::int64_t day = 86'400;
    if (const std::int64_t kept = queue.number("MessageRetentionPeriod"); kept != 0 && kept < day)
        warn("the queue keeps a message for " + std::to_string(kept) +
             " s (MessageRetentionPeriod): what is not dealt with by then is gone");
    if (const std::int64_t kept = dead.number("MessageRetentionPeriod"); kept != 0 && kept < day)
        warn("the queue of the dead keeps them for " + std::to_string(kept) + " s (MessageRetentionPeriod)");
    if (const std::int64_t delay = queue.number("DelaySeconds"); delay != 0)
        warn("the queue holds each message back for " + std::to_string(delay) + " s (DelaySeconds)");
    const auto policy = broker::Json::parse(queue.attributes["RedrivePolicy"].text());
    if (!policy || !policy->is_object()) return;
    const broker::Json& limit = (*policy)["maxReceiveCount"];
    const std::uint64_t most = limit.text().empty() ? limit.count() : std::strtoull(limit.text().c_str(), nullptr, 10);
    if (most != 0 && most < deliveries)
        warn("the queue's redrive policy takes away what was given out " + std::to_string(most) +
             " times (maxReceiveCount), without a word of why; what is given back counts too");
}

}  // namespace

Place queue_place_of(std::string_view text) {
    const broker::Url url = broker::parse_url(text);
    Place place = place_of(url, {"prefetch", "deliveries", "wait"});
    static_cast<void>(url.number("prefetch", 1, 1, 10'000));
    static_cast<void>(url.number("deliveries", 1, 1, 1'000'000));
    static_cast<void>(url.number("wait", 20, 1, 20));
    return place;
}

void list_queues(std::string_view url, const std::function<void(std::string_view, const flowrun_queue_depth&)>& give) {
    connected(url, [&](Service& service) {
        const auto all = all_queues(service);
        for (const std::string& name : all) {
            if (is_dead_of_another(name, all)) continue;
            const auto queue = look_at_queue(service, name);
            if (!queue) continue;  // deleted since
            const std::string own = name_of(name);
            std::optional<QueueAt> dead;
            try {
                dead = dead_of(service, *queue, Names(own), false);
            } catch (const sdk::QueueError&) {  // its name is too long for one of ours, or it is not to be seen
            }
            give(own, depth_of(*queue, dead));
        }
    });
}

// The first of them, by number.
void peek_items(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                const std::function<void(const flowrun_queue_item&)>& give) {
    only_dead(dead, "looked at");
    std::multimap<std::uint64_t, broker::Message> first;
    connected(url, [&](Service& service) {
        return sweep_dead(service, name, [&](const broker::Message& message) {
            if (message.number < from || most == 0) return Fate::stays;
            first.emplace(message.number, message);
            if (first.size() > most) first.erase(std::prev(first.end()));
            return Fate::stays;
        });
    });
    for (const auto& [number, message] : first) give(message.seen());
}

std::int64_t replay_dead(std::string_view url, std::string_view name, const sdk::Numbers& numbers) {
    return sweep_chosen(url, name, numbers, Fate::returns);
}

std::int64_t drop_items(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers) {
    only_dead(dead, "dropped");
    return sweep_chosen(url, name, numbers, Fate::goes);
}

// Under an id of their own for SQS: what comes back within five minutes would be dropped.
std::int64_t put_items(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                       std::size_t count) {
    return connected(url, [&](Service& service) {
        const Names names(name);
        const QueueAt queue = have_queue(service, names.queue);
        Batches sends(service, "SendMessageBatch", queue.url, queue.largest_batch(), names.fifo ? 1 : 8);
        for (std::size_t i = 0; i < count; ++i) {
            const broker::Message message = broker::Message::of(items[i]);
            Way way;
            if (names.fifo) {
                way.group = token_of(message.key.empty() ? message.id : message.key);
                way.deduplication = hex_of(sha256_of(message.id + std::to_string(service.wall()) + std::to_string(i)));
            }
            sends.add(entry_of(message, way), [](const Batches::Outcome& sent) {
                if (!sent.ok) throw sdk::QueueError{sent.ours ? FLOWRUN_E_INVALID : FLOWRUN_E_UNAVAILABLE, sent.text};
            });
        }
        std::vector<pollfd> fds;
        for (sends.flush(); !sends.empty(); sends.flush()) {
            fds.clear();
            service.wait_for(fds);
            ::poll(fds.data(), fds.size(), 1'000);
            service.work();
        }
        return static_cast<std::int64_t>(count);
    });
}

std::string warning_of(const flowrun_queue_spec& spec) {
    const std::string_view name = sdk::view_of(spec.name);
    if ((spec.flags & FLOWRUN_QUEUE_BY_KEY) == 0 || Names(name).fifo) return {};
    return "'order: by_key' holds within a process: of several that take from a standard queue each has its own; a "
           "FIFO queue "
           "keeps keys apart for all, and its name ends in .fifo";
}

void probe_queue(const flowrun_queue_spec& spec, const std::function<void(std::string_view)>& warn) {
    const std::string_view url = sdk::view_of(spec.url);
    if (const std::string text = warning_of(spec); !text.empty()) warn(text);
    connected(url, [&](Service& service) {
        const Names names(sdk::view_of(spec.name));
        const auto queue = look_at_queue(service, names.queue);
        if (!queue) {
            if (!service.place().account.empty())
                throw sdk::QueueError{FLOWRUN_E_INVALID, "the account has no queue '" + names.queue + "'"};
            return;  // it is made when it is opened
        }
        must_be_allowed(service, *queue);
        const auto dead = dead_of(service, *queue, names, false);
        const auto deliveries =
            static_cast<std::uint64_t>(broker::parse_url(url).number("deliveries", 20, 1, 1'000'000));
        warn_of(*queue, dead ? *dead : QueueAt{}, deliveries, warn);
    });
}

}  // namespace flowrun::sqs

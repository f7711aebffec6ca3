#include "verbs.hh"

#include <poll.h>

#include <algorithm>
#include <map>
#include <optional>

#include "broker/session.hh"
#include "broker/wake.hh"
#include "cluster.hh"
#include "letter.hh"
#include "names.hh"
#include "number.hh"
#include "producer.hh"
#include "reader.hh"

namespace flowrun::kafka {
namespace {

// Over a connection of its own, whose failures name the server.
template <class Work>
auto connected(std::string_view url, Work&& work) {
    const Settings settings = read_settings(url);
    try {
        return work(settings);
    } catch (const broker::Lost& lost) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, settings.servers + ": " + lost.text};
    } catch (sdk::QueueError& error) {
        error.text = settings.servers + ": " + error.text;
        throw;
    }
}

std::int64_t waiting_in(const std::vector<Progress>& all) {
    std::int64_t sum = 0;
    for (const Progress& one : all) sum += one.waiting();
    return sum;
}

// One queue, looked at by hand: what waits, or what is dead.
class Look {
public:
    Look(const Settings& settings, std::string_view name, bool dead)
        : names_(settings, name), dead_(dead), cluster_(settings, dead ? names_.dead_group : names_.group) {}

    const Names& names() const { return names_; }
    const Cluster& cluster() const { return cluster_; }
    std::vector<Progress> progress() const {
        return cluster_.progress_in(dead_ ? std::vector{names_.dead} : std::vector{names_.topic, names_.retry});
    }
    std::uint64_t number_of(const Place& place, std::int64_t offset) const {
        return Number{place.topic == names_.retry, place.partition, offset}.packed();
    }
    Place place_of(const Number& number) const {
        return {dead_ ? names_.dead : number.retry ? names_.retry : names_.topic, number.partition};
    }
    broker::Message message_of(const rd_kafka_message_t& record) const {
        broker::Message made = kafka::message_of(record);
        made.number = number_of({rd_kafka_topic_name(record.rkt), record.partition}, record.offset);
        return made;
    }
    std::optional<broker::Message> message(const Place& place, std::int64_t offset) const {
        std::optional<broker::Message> found;
        read_partition(cluster_, place, offset, offset + 1, [&](const rd_kafka_message_t& record) {
            if (record.offset == offset) found = message_of(record);
            return false;
        });
        return found;
    }

private:
    const Names names_;
    const bool dead_;
    const Cluster cluster_;
};

// Those of these numbers that are there, partition by partition; and, when they are gone, that.
class Chosen {
public:
    Chosen(const Look& look, const sdk::Numbers& numbers) : look_(look) {
        std::map<Place, std::vector<std::int64_t>> wanted;
        for (const std::uint64_t number : numbers) {
            const Number place = Number::of(number);
            wanted[look.place_of(place)].push_back(place.offset);
        }
        for (Progress& one : look.progress()) {
            const auto found = wanted.find(one.place);
            if (found == wanted.end()) continue;
            std::sort(found->second.begin(), found->second.end());
            Part& part = parts_.emplace_back(one.place, one.offsets());
            std::int64_t at = one.from();
            for (const std::int64_t offset : found->second) {
                for (; at < std::min(offset, one.high); ++at) part.offsets.read(at);
                if (offset < at || offset >= one.high) continue;
                if (part.offsets.read(offset)) part.chosen.push_back(offset);
                at = offset + 1;
            }
        }
    }

    // Throws where this cannot be noted, before anything is done.
    void try_to_note() { note(parts_); }
    void note_gone() {
        for (Part& part : parts_) {
            for (const std::int64_t offset : part.chosen) part.offsets.ack(offset);
        }
        note(parts_);
    }
    std::int64_t count() const {
        std::size_t sum = 0;
        for (const Part& part : parts_) sum += part.chosen.size();
        return static_cast<std::int64_t>(sum);
    }
    template <class Do>
    void each(Do&& act) const {
        for (const Part& part : parts_) {
            for (const std::int64_t offset : part.chosen) act(part.place, offset);
        }
    }

private:
    struct Part {
        Part(Place at, Offsets from) : place(std::move(at)), offsets(std::move(from)) {}
        Place place;
        Offsets offsets;
        std::vector<std::int64_t> chosen{};
    };
    void note(std::vector<Part>& parts) {
        std::vector<std::pair<Place, Offsets::Commit>> commits;
        for (Part& part : parts) {
            if (part.chosen.empty()) continue;
            const auto& made = commits.emplace_back(part.place, part.offsets.commit(true)).second;
            if (!made.covers(part.chosen.back())) {
                throw sdk::QueueError{FLOWRUN_E_FAILED,
                                      "too many here and there: Kafka keeps 4000 bytes about what is gone from "
                                      "a partition; take the oldest first"};
            }
        }
        look_.cluster().commit(commits);
    }

    const Look& look_;
    std::vector<Part> parts_;
};

// Into the queue: by its key, or with those that have none.
void put_all(const Settings& settings, const std::string& topic, const std::vector<broker::Message>& messages) {
    constexpr int step = 100, most = 150;
    const broker::Wake wake;
    std::string why;
    Producer producer(settings, {}, wake.descriptor());
    for (const broker::Message& message : messages) {
        producer.send(letter_of(topic, message.key.empty() ? 0 : Producer::any, message),
                      [&why](const Producer::Outcome& outcome) {
                          if (outcome.error != RD_KAFKA_RESP_ERR_NO_ERROR) why = outcome.text;
                      });
    }
    pollfd fd{wake.descriptor(), POLLIN, 0};
    for (int waited = 0; producer.pending() != 0 && waited < most; ++waited) {
        static_cast<void>(::poll(&fd, 1, step));
        wake.clear();
        producer.serve();
    }
    if (producer.pending() != 0) throw broker::Lost{"nobody answers"};
    if (!why.empty()) throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, why};
}

void make_topics(const Settings& settings, const Names& names) {
    const Cluster cluster(settings, names.group);
    cluster.make_topic(settings, names.topic, static_cast<std::int32_t>(std::max<std::int64_t>(settings.partitions, 1)),
                       false);
}

}  // namespace

void Verbs::list(std::string_view url, const std::function<void(std::string_view, const flowrun_queue_depth&)>& give) {
    connected(url, [&](const Settings& settings) {
        const Cluster any(settings, "flowrun");
        const std::vector<std::string> topics = any.topics();
        for (const std::string& topic : topics) {
            const auto name = settings.topic.empty()    ? queue_of(topic)
                              : topic == settings.topic ? std::optional(topic)
                                                        : std::nullopt;
            if (!name) continue;
            const Look waiting(settings, *name, false), dead(settings, *name, true);
            const auto is_there = [&](const std::string& one) {
                return std::binary_search(topics.begin(), topics.end(), one);
            };
            std::vector<std::string> both{topic};
            if (is_there(waiting.names().retry)) both.push_back(waiting.names().retry);
            flowrun_queue_depth depth{};
            depth.size = sizeof depth;
            depth.waiting = static_cast<std::uint64_t>(waiting_in(waiting.cluster().progress_in(both)));
            if (is_there(waiting.names().dead)) depth.dead = static_cast<std::uint64_t>(waiting_in(dead.progress()));
            give(*name, depth);
        }
    });
}

void Verbs::peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                 const std::function<void(const flowrun_queue_item&)>& give) {
    connected(url, [&](const Settings& settings) {
        const Look look(settings, name, dead);
        for (const Progress& one : look.progress()) {
            Offsets offsets = one.offsets();
            read_partition(look.cluster(), one.place, one.from(), one.high, [&](const rd_kafka_message_t& record) {
                if (most == 0) return false;
                if (!offsets.read(record.offset)) return true;
                broker::Message message = look.message_of(record);
                if (message.number < from) return true;
                if (const Offsets::Tried* const tried = offsets.tried(record.offset))
                    message.attempts = tried->attempts;
                give(message.seen());
                return --most != 0;
            });
        }
    });
}

std::int64_t Verbs::replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers) {
    return connected(url, [&](const Settings& settings) {
        const Look look(settings, name, true);
        Chosen chosen(look, numbers);
        std::vector<broker::Message> messages;
        chosen.each([&](const Place& place, std::int64_t offset) {
            auto message = look.message(place, offset);
            if (!message) return;
            message->attempts = 0;
            message->error.clear();
            message->origin.clear();
            messages.push_back(std::move(*message));
        });
        chosen.try_to_note();
        put_all(settings, look.names().topic, messages);
        chosen.note_gone();
        return chosen.count();
    });
}

std::int64_t Verbs::drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers) {
    return connected(url, [&](const Settings& settings) {
        const Look look(settings, name, dead);
        Chosen chosen(look, numbers);
        chosen.note_gone();
        return chosen.count();
    });
}

std::int64_t Verbs::move(std::string_view url, std::string_view name, std::string_view to,
                         const sdk::Numbers& numbers) {
    return connected(url, [&](const Settings& settings) {
        if (!settings.topic.empty())
            throw sdk::QueueError{FLOWRUN_E_INVALID, "the URL names a topic, and so there is no other queue at it"};
        const Look look(settings, name, false);
        const Names other(settings, to);
        make_topics(settings, other);
        Chosen chosen(look, numbers);
        chosen.try_to_note();
        std::vector<broker::Message> messages;
        chosen.each([&](const Place& place, std::int64_t offset) {
            if (auto message = look.message(place, offset)) messages.push_back(std::move(*message));
        });
        put_all(settings, other.topic, messages);
        chosen.note_gone();
        return chosen.count();
    });
}

std::int64_t Verbs::put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                        std::size_t count) {
    return connected(url, [&](const Settings& settings) {
        const Names names(settings, name);
        make_topics(settings, names);
        std::vector<broker::Message> messages;
        for (std::size_t i = 0; i < count; ++i) messages.push_back(broker::Message::of(items[i]));
        put_all(settings, names.topic, messages);
        return static_cast<std::int64_t>(count);
    });
}

void probe_queue(const flowrun_queue_spec& spec, const std::function<void(std::string_view)>& warn) {
    connected(sdk::view_of(spec.url), [&](const Settings& settings) {
        const Names names(settings, sdk::view_of(spec.name));
        const Cluster cluster(settings, names.group);
        const std::vector<std::string> topics = cluster.topics();
        if (!std::binary_search(topics.begin(), topics.end(), names.topic)) return;
        const std::int32_t count = cluster.partitions_of(names.topic);
        if (settings.partitions != 0 && settings.partitions != count) {
            warn("the topic " + names.topic + " has " + std::to_string(count) +
                 " partitions, whatever the URL says: they are made once");
        }
    });
}

}  // namespace flowrun::kafka

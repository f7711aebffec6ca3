#pragma once
// What is asked of a cluster beside messages: topics, and how far a group has come in them. Each question waits for its answer, at
// most some seconds.
//
// All throw broker::Lost where nobody answers, and sdk::QueueError where it is refused.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "api.hh"
#include "offsets.hh"
#include "settings.hh"

namespace flowrun::kafka {

// How far a group has come in a partition.
struct Progress {
    Place place;
    std::int64_t low = 0, high = 0;  // the first there is; the one after the last
    std::int64_t base = -1;          // -1: nothing was committed
    std::string note;

    std::int64_t from() const { return base < low ? low : base; }
    // As the group goes on from here.
    Offsets offsets() const { return base < low ? Offsets(low, {}) : Offsets(base, note); }
    std::int64_t waiting() const;
};

class Cluster {
public:
    // A client that is in no group, but asks about one.
    Cluster(const Settings& settings, const std::string& group);

    // Of a client that is there already.
    explicit Cluster(rd_kafka_t* client) : client_(client) {}

    rd_kafka_t* client() const { return client_; }
    // 0: there is no such topic.
    std::int32_t partitions_of(const std::string& topic) const;
    std::vector<std::string> topics() const;
    // One that is there already stays as it is. `kept`: nothing in it grows too old.
    void make_topic(const Settings& settings, const std::string& topic, std::int32_t partitions, bool kept) const;
    std::vector<Progress> progress(const std::vector<Place>& places) const;
    // Of all partitions of these topics.
    std::vector<Progress> progress_in(const std::vector<std::string>& topics) const;
    // What a group without members has dealt with.
    void commit(const std::vector<std::pair<Place, Offsets::Commit>>& commits) const;

private:
    Client own_;
    rd_kafka_t* client_ = nullptr;
};

Partitions list_of(const std::vector<std::pair<Place, Offsets::Commit>>& commits);

}  // namespace flowrun::kafka

#pragma once
// One member of a consumer group: the partitions it has, their messages and commits.
//
// Promises: when the group changes, its partitions are held until what was given out of them is dealt with, or `handover` has
// passed; the last commit comes before they are let go. Of those that were lost nothing is committed any more.
//
// Used by one thread, which is woken by the eventfd and must call serve() at least each minute: who does not for
// max.poll.interval.ms (five minutes, if the URL says nothing else) is put out of the group.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api.hh"
#include "cluster.hh"
#include "offsets.hh"
#include "settings.hh"

namespace flowrun::kafka {

// A partition of this member's.
struct Lane {
    Lane(const Place& at, Offsets from) : place(at), offsets(std::move(from)) {}
    const Place place;
    Offsets offsets;
    std::size_t out = 0;  // given out, and not answered: the user's to count
    bool leaves = false;  // nothing more is given out of it
};

class Member {
public:
    struct Watch {
        std::function<void(Lane&)> leaves{}, goes{};  // it gives out no more; is gone after this
        std::function<void(Lane&, const Offsets::Commit&)> committed{};
        std::function<void(const std::string&)> notice{};
    };
    struct Manner {
        std::string group;
        std::int64_t lease = 0, handover = 0;  // how long it may be silent; how long others wait for what it has out
        bool from_end = false;  // where the group has not yet been: what comes from now on, else what there is
    };
    Member(const Settings& settings, const Manner& manner, int descriptor, Watch watch);
    ~Member();
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    void join(const std::vector<std::string>& topics);
    bool joined() const { return joined_; }
    // What has happened. Throws broker::Lost, sdk::QueueError.
    void serve(std::int64_t now);
    // The next messages, at most so many.
    std::vector<Message> read(std::size_t most);
    Lane* find(const rd_kafka_message_t& message);
    Lane* find(const Place& place);
    // Commits what has changed, once what was committed before is answered.
    void commit(std::int64_t now);
    // When it wants to be served without being woken; of the same clock.
    std::int64_t due() const;
    // Commits the last, and leaves the group. Waits, at most some seconds.
    void leave();
    const Cluster& cluster() const { return cluster_; }
    // Nothing is to be committed.
    bool is_quiet() const;

private:
    void rebalance(rd_kafka_event_t* event, std::int64_t now);
    void adopt(const rd_kafka_topic_partition_list_t& list);
    void let_go(std::int64_t now, bool at_once);
    void drop(const Place& place);
    void committed(rd_kafka_event_t* event, std::int64_t now);
    bool send_commit(bool last);
    void serve_commits(std::int64_t now);

    const Watch watch_;
    const Manner manner_;
    Client client_;
    Cluster cluster_;
    EventQueue events_, messages_, commits_;
    std::map<Place, std::unique_ptr<Lane>> lanes_;
    std::map<Place, Offsets::Commit> sent_;  // a commit is on its way
    std::int64_t let_go_by_ = 0, commit_again_ = 0;
    std::size_t room_ = 4000;  // for a note
    bool joined_ = false;
    bool revoked_ = false;  // they are to be let go, when nothing is out of them
};

}  // namespace flowrun::kafka

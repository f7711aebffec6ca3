#pragma once
// Messages that were read and are not given out yet, in the order in which they are to be.
//
// By key: of each key one is given out, and the next when that is dealt with. Where messages have a due time they wait for it,
// and those behind them do not.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/message.hh"
#include "member.hh"

namespace flowrun::kafka {

struct Arrival {
    broker::Message message;
    Lane* lane = nullptr;
    std::int64_t offset = 0;
    bool is_its_turn = false;  // of its key
};

class Shelf {
public:
    explicit Shelf(bool by_key) : by_key_(by_key) {}

    void add(Arrival arrival) { put(std::move(arrival), false); }
    // Before all others.
    void add_first(Arrival arrival) { put(std::move(arrival), true); }
    // At this time; nanoseconds since 1970.
    void add_later(Arrival arrival, std::int64_t due);
    // What is due now stands at the front.
    void bring(std::int64_t wall);
    // The next that may be given out as far as keys go; nullptr: there is none.
    const Arrival* front();
    Arrival take();
    // A message with that key is dealt with.
    void end_turn(const std::string& key);
    // Of a partition that leaves.
    void drop(const Lane& lane);

    bool has_room() const { return bytes_ < most_bytes && count_ < most; }
    bool empty() const { return count_ == 0; }
    std::int64_t next_due() const;  // never: none
    std::uint64_t due_after(std::int64_t wall) const;

    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

private:
    static constexpr std::size_t most = 20'000, most_bytes = std::size_t{64} << 20;
    using Line = std::deque<Arrival>;

    void put(Arrival arrival, bool first);
    void count(const Arrival& arrival, bool in);
    void drop(Line& line, const Lane& lane);

    const bool by_key_;
    Line line_;
    std::multimap<std::int64_t, Arrival> later_;
    std::unordered_map<std::string, Line> keys_;  // whose turn it is somewhere, and who waits for it
    std::size_t count_ = 0, bytes_ = 0;
};

}  // namespace flowrun::kafka

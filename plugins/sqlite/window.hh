#pragma once
// What of one queue is in memory: the oldest messages that wait, up to a bound, in order; the rest lies in the file and is
// read when there is room again. No lock of its own.

#include <cstdint>
#include <deque>
#include <optional>

#include "item.hh"

namespace flowrun::sqlite {

class Window {
public:
    // What has been committed last, and is the newest: kept, where nothing before it lies in the file alone.
    void committed(Item item);
    // Was given out and comes back: to its place. What lies behind what has been read is not kept; it is read in its turn.
    void back(Item item);
    bool take(Item& item);
    std::optional<Item> remove(std::int64_t seq);  // nothing: it is not in memory

    bool empty() const { return ready_.empty(); }
    // Whether to read on, after `through`, and that it is about to be done.
    bool wants_more() const { return behind_ && !reading_ && ready_.size() < most / 2 && bytes_ < most_bytes / 2; }
    void reading() { reading_ = true; }
    void read(Item item);
    void skip(std::int64_t seq) { through_ = seq; }  // was read, and is not to be given out
    // After as many read() as there were; more: there are more in the file, after `through`.
    void read_on(std::int64_t through, bool more);
    std::int64_t through() const { return through_; }
    static constexpr std::size_t most = 4096;
    static constexpr std::uint64_t most_bytes = std::uint64_t{16} << 20;

    void starts_behind() { behind_ = true; }

private:
    std::deque<Item> ready_;
    std::uint64_t bytes_ = 0;
    std::int64_t through_ = 0;  // all up to it have been in here
    bool behind_ = false;       // there may be some after it in the file
    bool reading_ = false;
};

}  // namespace flowrun::sqlite

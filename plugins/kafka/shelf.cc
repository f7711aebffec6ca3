#include "shelf.hh"

#include <iterator>
#include <utility>

namespace flowrun::kafka {

void Shelf::count(const Arrival& arrival, bool in) {
    const std::size_t bytes = arrival.message.body.size() + 256;
    count_ += in ? 1 : std::size_t{0} - 1;
    bytes_ += in ? bytes : std::size_t{0} - bytes;
}

void Shelf::put(Arrival arrival, bool first) {
    count(arrival, true);
    if (first) line_.push_front(std::move(arrival));
    else line_.push_back(std::move(arrival));
}

void Shelf::add_later(Arrival arrival, std::int64_t due) {
    count(arrival, true);
    later_.emplace(due, std::move(arrival));
}

void Shelf::bring(std::int64_t wall) {
    const auto end = later_.upper_bound(wall);
    for (auto one = std::make_reverse_iterator(end); one != later_.rend(); ++one)
        line_.push_front(std::move(one->second));
    later_.erase(later_.begin(), end);
}

const Arrival* Shelf::front() {
    while (!line_.empty()) {
        Arrival& first = line_.front();
        if (!by_key_ || first.is_its_turn || first.message.key.empty()) return &first;
        const auto [turn, free] = keys_.try_emplace(first.message.key);
        if (free) return first.is_its_turn = true, &first;
        turn->second.push_back(std::move(first));
        line_.pop_front();
    }
    return nullptr;
}

Arrival Shelf::take() {
    Arrival first = std::move(line_.front());
    line_.pop_front();
    count(first, false);
    return first;
}

void Shelf::end_turn(const std::string& key) {
    const auto turn = keys_.find(key);
    if (turn == keys_.end()) return;
    if (turn->second.empty()) {
        keys_.erase(turn);
        return;
    }
    turn->second.front().is_its_turn = true;
    line_.push_front(std::move(turn->second.front()));
    turn->second.pop_front();
}

void Shelf::drop(Line& line, const Lane& lane) {
    std::erase_if(line, [&](const Arrival& one) {
        if (one.lane == &lane) count(one, false);
        return one.lane == &lane;
    });
}

void Shelf::drop(const Lane& lane) {
    std::vector<std::string> turns;
    for (const Arrival& one : line_) {
        if (one.lane == &lane && one.is_its_turn) turns.push_back(one.message.key);
    }
    for (auto& [key, line] : keys_) drop(line, lane);
    drop(line_, lane);
    std::erase_if(later_, [&](const auto& one) {
        if (one.second.lane == &lane) count(one.second, false);
        return one.second.lane == &lane;
    });
    for (const std::string& key : turns) end_turn(key);
}

std::int64_t Shelf::next_due() const { return later_.empty() ? never : later_.begin()->first; }

std::uint64_t Shelf::due_after(std::int64_t wall) const {
    return static_cast<std::uint64_t>(std::distance(later_.upper_bound(wall), later_.end()));
}

}  // namespace flowrun::kafka

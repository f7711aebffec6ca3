#pragma once
// What this process has of a queue, and what it knows of what it gave back. It outlives a connection.

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/leases.hh"
#include "letter.hh"

namespace flowrun::sqs {

class Holdings {
public:
    static constexpr std::int64_t longest = std::int64_t{12} * 3600 * 1'000'000'000;

    explicit Holdings(std::int64_t lease) : leases(lease, longest) {}

    broker::Leases leases;  // by receipt

    // Of one that was given out.
    struct Held {
        std::string id, group;
        std::uint64_t times = 0;
        std::uint32_t attempts = 0;
    };
    std::unordered_map<std::string, Held> held;  // by receipt

    // Of one that was given back as it is: a server keeps no word of that.
    struct Returned {
        std::uint64_t times = 0, said = 0;  // given out when it was given back last; how often it was given back
        std::uint32_t attempts = 0;
        std::string error{};
    };
    void give_back(const Held& one, std::uint32_t attempts, std::string error) {
        if (returned_.size() >= most_known) returned_.clear();
        Returned& known = returned_[one.id];
        known = {one.times, known.said + 1, attempts, std::move(error)};
    }
    // What is known of one that comes again; with times 0: nothing.
    Returned known(const std::string& id) const {
        const auto found = returned_.find(id);
        return found == returned_.end() ? Returned{} : found->second;
    }
    void forget(const std::string& id) { returned_.erase(id); }

    // One that comes again by itself only then (nanoseconds since 1970).
    void hide_until(std::int64_t due) {
        if (hidden_.size() < most_known) hidden_.push_back(due);
    }
    std::uint64_t hidden_beyond(std::int64_t time, std::int64_t now) {
        std::erase_if(hidden_, [now](std::int64_t due) { return due <= now; });
        return static_cast<std::uint64_t>(
            std::count_if(hidden_.begin(), hidden_.end(), [time](std::int64_t due) { return due > time; }));
    }

private:
    static constexpr std::size_t most_known = 10'000;
    std::unordered_map<std::string, Returned> returned_;  // by SQS's id
    std::vector<std::int64_t> hidden_;
};

}  // namespace flowrun::sqs

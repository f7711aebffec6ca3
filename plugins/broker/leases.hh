#pragma once
// What this process has of a queue, and until when. Some servers take an answer from anybody, also when they have meanwhile given the
// message to somebody else; so who answers asks here first. A lease begins, here, when the message was read, and is renewed when
// that was sent. It outlives a connection.
//
// Not promised: that an answer which is sent in time also comes in time.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>

namespace flowrun::broker {

class Leases {
public:
    static constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max() / 4;

    // `longest`: however often it is renewed.
    explicit Leases(std::int64_t length, std::int64_t longest = for_ever) : length_(length), longest_(longest) {}

    std::int64_t length() const { return length_; }
    // By what the server knows it by; nanoseconds of a steady clock.
    void begin(const std::string& handle, std::int64_t now) { all_[handle] = {now + length_, now + longest_}; }
    bool holds(const std::string& handle, std::int64_t now) const {
        const auto lease = all_.find(handle);
        return lease != all_.end() && now < lease->second.until;
    }
    // False: it is over, and stays so, or it cannot be made longer.
    bool renew(const std::string& handle, std::int64_t now) {
        const auto lease = all_.find(handle);
        if (lease == all_.end() || now >= lease->second.until || now + length_ > lease->second.last) return false;
        lease->second.until = now + length_;
        return true;
    }
    // There may be notes of it at the server.
    void note(const std::string& handle) {
        if (const auto lease = all_.find(handle); lease != all_.end()) lease->second.noted = true;
    }
    // It is answered. True: there may be notes of it.
    bool end(const std::string& handle) {
        const auto lease = all_.find(handle);
        if (lease == all_.end()) return false;
        const bool noted = lease->second.noted;
        all_.erase(lease);
        return noted;
    }
    std::uint64_t held(std::int64_t now) const {
        return static_cast<std::uint64_t>(
            std::count_if(all_.begin(), all_.end(), [now](const auto& one) { return now < one.second.until; }));
    }

private:
    struct Lease {
        std::int64_t until = 0, last = 0;
        bool noted = false;
    };
    const std::int64_t length_, longest_;
    std::unordered_map<std::string, Lease> all_;
};

}  // namespace flowrun::broker

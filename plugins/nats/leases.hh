#pragma once
// What this process has of a queue, and until when. JetStream takes an answer from anybody, also when it has meanwhile given the
// message to somebody else; so who answers asks here first. A lease begins, here, when the message was read, and is renewed
// when that was sent. It outlives a connection.
//
// Not promised: that an answer which is sent in time also comes in time.

#include <cstdint>
#include <string>
#include <unordered_map>

namespace flowrun::nats {

class Leases {
public:
    explicit Leases(std::int64_t length) : length_(length) {}

    std::int64_t length() const { return length_; }
    // By its reply subject; nanoseconds of a steady clock.
    void begin(const std::string& reply, std::int64_t now) { all_[reply] = {now + length_}; }
    bool holds(const std::string& reply, std::int64_t now) const {
        const auto lease = all_.find(reply);
        return lease != all_.end() && now < lease->second.until;
    }
    // False: it is over, and stays so.
    bool renew(const std::string& reply, std::int64_t now) {
        const auto lease = all_.find(reply);
        if (lease == all_.end() || now >= lease->second.until) return false;
        lease->second.until = now + length_;
        return true;
    }
    // There may be notes of it (note.hh).
    void note(const std::string& reply) {
        if (const auto lease = all_.find(reply); lease != all_.end()) lease->second.noted = true;
    }
    // It is answered. True: there may be notes of it.
    bool end(const std::string& reply) {
        const auto lease = all_.find(reply);
        if (lease == all_.end()) return false;
        const bool noted = lease->second.noted;
        all_.erase(lease);
        return noted;
    }
    std::uint64_t held(std::int64_t now) const {
        std::uint64_t count = 0;
        for (const auto& [reply, lease] : all_) count += now < lease.until ? 1 : 0;
        return count;
    }

private:
    struct Lease {
        std::int64_t until = 0;
        bool noted = false;
    };
    const std::int64_t length_;
    std::unordered_map<std::string, Lease> all_;
};

}  // namespace flowrun::nats

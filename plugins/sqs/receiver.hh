#pragma once
// Takes what a queue has: one long poll while there is nothing, several at a time while each comes back full.
//
// Promises: no more is asked for than there is room for. A queue where nothing happens is asked once in twenty seconds; after
// something came, first for a second, then twice as long each time, so that who ends soon after leaves no poll behind: the
// server might give that a message, which then waits for the end of its lease.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "broker/json.hh"
#include "service.hh"

namespace flowrun::sqs {

class Receiver {
public:
    struct Settings {
        std::string queue;       // its URL
        std::int64_t lease = 0;  // nanoseconds
        std::int64_t wait = 20;  // seconds: the longest poll
        bool impatient = false;  // it does not wait at the server, and hears often that there is nothing
        bool all_attributes = false;
    };
    Receiver(Service& service, Settings settings, std::function<void(const broker::Json&)> take,
             std::function<void()> nothing)
        : service_(service), settings_(std::move(settings)), take_(std::move(take)), nothing_(std::move(nothing)) {}

    // Up to so many more may come.
    void fetch(std::size_t most);
    // No more is to come. What is about to end by itself is heard; what would take longer is given up.
    void stop();
    // One is under way, and not overdue.
    bool polls() const;

    // A length in whole seconds, at least one.
    static std::int64_t seconds(std::int64_t nanoseconds);

private:
    struct Poll {
        std::size_t most = 0;
        std::int64_t until = 0;
    };
    void poll(std::size_t most);
    void answered(Service::Number number, Reply&& reply);

    Service& service_;
    const Settings settings_;
    const std::function<void(const broker::Json&)> take_;
    const std::function<void()> nothing_;
    std::map<Service::Number, Poll> polls_;
    std::size_t asked_for_ = 0, at_once_ = 1;
    std::int64_t wait_ = 1, next_ = 0;  // seconds; not before
};

}  // namespace flowrun::sqs

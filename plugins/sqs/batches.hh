#pragma once
// What is asked for one by one, and sent ten at a time: SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch.
//
// Promises: each entry is answered once, as long as the service lives. What fails by no fault of its own is sent again, alone,
// until it is done or has failed too often. With one batch under way at a time they go in the order in which they were added, as
// long as none fails.

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "letter.hh"
#include "service.hh"

namespace flowrun::sqs {

class Batches {
public:
    static constexpr std::size_t most = 10;  // entries of a batch

    struct Outcome {
        bool ok = true;
        bool ours = false;   // it can never be done as it is
        std::string text{};  // "InvalidMessageContents: …"
        std::string code{};
    };
    using Done = std::function<void(const Outcome&)>;

    // `bytes`: how large the entries of a batch may be in all; `at_once`: how many batches may be under way.
    Batches(Service& service, std::string_view action, std::string queue, std::size_t bytes, std::size_t at_once)
        : service_(service), action_(action), queue_(std::move(queue)), bytes_(bytes), at_once_(at_once) {}

    void add(Entry entry, Done done);
    // Sends what there is; what does not fit into what may be under way goes later by itself.
    void flush();
    bool empty() const { return waiting_.empty() && under_way_ == 0; }
    std::size_t waiting() const { return waiting_.size(); }

private:
    struct One {
        Entry entry;
        Done done;
        unsigned tries = 0;
    };
    using All = std::vector<One>;
    void send(All all, std::int64_t delay);
    void answered(All all, Reply&& reply);
    void again(One one, const Outcome& why);

    Service& service_;
    const std::string action_, queue_;
    const std::size_t bytes_, at_once_;
    std::deque<One> waiting_;
    std::size_t under_way_ = 0;
};

}  // namespace flowrun::sqs

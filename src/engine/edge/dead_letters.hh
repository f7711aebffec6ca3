#pragma once
// A queue into which durable edges put what has failed on them for good (`dead_letter:`), for another flow or a person to look
// at. Several edges may share one. Nothing is taken out of it here.
//
// Promises: `put` answers once, on any thread, perhaps before it returns, unless the queue is closed before; what is answered
// without an error is held. Not promised: that a letter lies there once. The message leaves its own queue when the letter is
// held, so that a process that dies in between puts another one there, under the same id.

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "queue/queue.hh"

namespace flowrun::engine {

class DeadLetters final : private queue::Queue::Listener {
public:
    using Answer = std::function<void(const Error* why)>;  // nullptr: it is held

    explicit DeadLetters(std::unique_ptr<queue::Queue> queue);
    ~DeadLetters();

    void put(queue::Item&& item, const Error& error, std::string_view edge, Answer answer);
    // What was put is answered first.
    void close() { queue_->close(); }

private:
    void pushed(std::uint64_t push, const Error* why) override;
    void arrived() override {}
    void settled(std::uint64_t, const Error*) override {}
    void lost(std::uint64_t, const Error&) override {}
    void added(std::uint64_t) override {}
    void removed(std::uint64_t) override {}
    void broken(const Error&) override {}

    const std::unique_ptr<queue::Queue> queue_;
};

}  // namespace flowrun::engine

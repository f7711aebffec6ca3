#include "engine/edge/dead_letters.hh"

#include <utility>

namespace flowrun::engine {

DeadLetters::DeadLetters(std::unique_ptr<queue::Queue> queue) : queue_(std::move(queue)) { queue_->open(*this); }
DeadLetters::~DeadLetters() { close(); }

// The queue's name for a push is where its answer lies.
void DeadLetters::put(queue::Item&& item, const Error& error, std::string_view edge, Answer answer) {
    auto* const waits = new Answer(std::move(answer));
    const auto push = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(waits));
    switch (queue_->bury(item, push, error, edge)) {
        case queue::Queue::Pushed::pending: return;
        case queue::Queue::Pushed::held: return pushed(push, nullptr);
        case queue::Queue::Pushed::refused: break;
    }
    const Error why = Error::of(Code::unavailable, "the queue for dead letters does not take it");
    pushed(push, &why);
}

void DeadLetters::pushed(std::uint64_t push, const Error* why) {
    const std::unique_ptr<Answer> answer(reinterpret_cast<Answer*>(static_cast<std::uintptr_t>(push)));
    (*answer)(why);
}

}  // namespace flowrun::engine

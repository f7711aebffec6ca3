#include "engine/edge/dead_letters.hh"

#include <utility>

#include <fmt/core.h>

#include "engine/call/run_context.hh"
#include "engine/edge/async_edge.hh"

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

// It is gone from its own queue once it lies among the letters. Where it cannot come there it stays with its own dead.
void AsyncEdge::bury(const QueuedMessage& message, const Error& error) {
    queue::Item letter;
    letter.body = message.item.body;
    letter.meta = message.item.meta;
    letter.bytes = message.item.bytes;
    letters_->put(std::move(letter), error, edge_.name, [this, lease = message.item.lease, error](const Error* why) {
        if (why == nullptr) return queue_->ack(lease);
        Error told = *why;
        told.message = fmt::format("a dead letter cannot be put into '{}': {}; it stays in its own queue",
                                   edge_.spec->queue.dead_letter, why->message);
        run_.totals.root_failed.fetch_add(1);
        run_.report(nullptr, &edge_, nullptr, told);
        queue_->reject(lease, error);
    });
}

}  // namespace flowrun::engine

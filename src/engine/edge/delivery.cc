#include "engine/edge/delivery.hh"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "engine/call/call_edge.hh"
#include "engine/call/enter.hh"
#include "engine/call/error_route.hh"
#include "engine/call/guarded_call.hh"
#include "engine/call/run_context.hh"
#include "engine/edge/batch.hh"
#include "engine/edge/retry.hh"
#include "queue/joint_receipt.hh"

namespace flowrun::engine {

std::uint64_t Delivery::bytes() const {
    std::uint64_t sum = 0;
    for (const QueuedMessage& message : messages) sum += message.item.bytes;
    return sum;
}

// Those of a batch may differ: none of them loses an attempt.
std::uint32_t Delivery::first_attempt() const {
    std::uint32_t made = messages.empty() ? 0 : messages.front().item.attempts;
    for (const QueuedMessage& message : messages) made = std::min(made, message.item.attempts);
    return made + 1;
}

// A turn of one of the scheduler's threads: so many messages at most, others wait for it.
void Delivery::run(Thread& on) {
    constexpr unsigned turns = 256;
    ThreadContext& thread = context_of(on);
    Consumer& edge = edge_;  // this one may be at work elsewhere before the turn is over
    Delivery* next = this;
    for (unsigned i = 0; i < turns && next != nullptr; ++i) {
        next = next->messages.empty() && edge.straight() ? next->straight_turn(thread, i, turns) : next->turn(thread);
        edge.had_turn(i);
        if (thread.run.scheduler.gave_up(thread)) break;
    }
    edge.end_turn(next != nullptr);
    if (next != nullptr) edge.go_on(*next, thread);
}

// As turn(), for many messages at once where nothing more has to be done for them than the call.
Delivery* Delivery::straight_turn(ThreadContext& thread, unsigned& turns, unsigned most) {
    std::optional<CallResult> rest;
    turns += edge_.go_straight(thread, *this, most - turns, rest);
    if (!rest) return turns == most || edge_.fill(*this) ? this : nullptr;
    if (rest->pending()) return nullptr;
    const bool whole = end_attempt(thread, std::move(*rest));
    edge_.ends(*this);
    if (whole) return this;
    edge_.back_off(*this, next_try_);
    return nullptr;
}

CallResult Delivery::finish_straight(ThreadContext& thread, Call& call, std::int32_t status) {
    queue::Item& item = messages.front().item;
    attempt = 1;
    guarded_ = false;
    each_.reset();
    routed_ = edge_.edge().spec->retry.attempts == 1;
    Frame& frame = thread.stack.back();
    frame.message = item.body.get();
    frame.meta = call.meta = &item.meta;
    frame.attempt = true;
    frame.routes_error = routed_;
    frame.number = 1;
    Entry entry = entry_of(1);
    entry.routes_error = routed_;
    entry.item = &item;
    return finish_call(thread, call, edge_.edge(), entry, status);
}

// When the first attempt in this run may begin, where an earlier one has said that; 0: now.
Time Delivery::not_due(ThreadContext& thread) {
    Time due = 0;
    for (QueuedMessage& message : messages) due = std::max(due, std::exchange(message.item.due, 0));
    return due != 0 && due > thread.world.now() ? due : 0;
}

// Whom this thread goes on with: itself, or another in its place; nullptr: nobody.
Delivery* Delivery::turn(ThreadContext& thread) {
    if (messages.empty() && !edge_.fill(*this)) return nullptr;
    if (const Time due = not_due(thread); due != 0) return edge_.back_off(*this, due), nullptr;
    if (!edge_.begins(*this)) return nullptr;
    if (!refuse(thread)) return edge_.ends(*this), nullptr;
    CallResult result;
    if (!messages.empty()) result = make_attempt(thread);
    if (result.pending()) return edge_.successor();
    const bool whole = messages.empty() || end_attempt(thread, std::move(result));
    edge_.ends(*this);
    if (whole) return this;
    edge_.back_off(*this, next_try_);
    return nullptr;
}

// A result that came later.
void Delivery::result(ThreadContext& thread, CallResult result) {
    const bool whole = end_attempt(thread, std::move(result));
    edge_.ends(*this);
    if (!whole) return edge_.back_off(*this, next_try_);
    if (messages.empty() && edge_.fill(*this)) edge_.go_on(*this, thread);
    edge_.end_turn(false);
}

CallResult Delivery::make_attempt(ThreadContext& thread) {
    const Edge& edge = edge_.edge();
    const Entry entry = entry_of(attempt);
    thread.parent = messages.front().item.meta.parent;
    guarded_ = GuardedCall::wanted(thread, edge, entry);
    if (guarded_ && thread.run.observer != nullptr) begun_ = thread.world.now();
    each_.reset();
    routed_ = false;
    CallResult result;
    if (edge.spec->batch_max == 1) {
        result = attempt_one(thread, entry);
    } else {
        result = edge.to->table.handle_batch != nullptr ? attempt_each(thread, entry) : attempt_list(thread, entry);
    }
    thread.parent = 0;
    return result;
}

Entry Delivery::entry_of(std::uint32_t number) {
    Entry entry;
    entry.attempt = true;
    entry.routes_error = false;
    entry.number = number;
    entry.queued = messages.front().item.queued;
    for (const QueuedMessage& message : messages) entry.last = std::min(entry.last, message.last);
    entry.then = this;
    return entry;
}

CallResult Delivery::attempt_one(ThreadContext& thread, Entry entry) {
    queue::Item& item = messages.front().item;
    const Edge& edge = edge_.edge();
    // Where the attempt may be abandoned its error route comes after it: that has no part in the time.
    if (guarded_) return GuardedCall::call(thread, edge, &item.meta, item.body.get(), entry);
    entry.routes_error = routed_ = attempt >= edge.spec->retry.attempts;
    entry.item = edge_.gives_away() ? &item : nullptr;
    return call_edge(thread, edge, &item.meta, item.body.get(), entry);
}

// A component that takes one message at a time gets the batch as a list, under the first one's name.
CallResult Delivery::attempt_list(ThreadContext& thread, Entry entry) {
    const Edge& edge = edge_.edge();
    const value::Value list = list_of(messages);
    if (!list) return failure(Code::invalid, fmt::format("batch: {}", value::too_deep), edge.to);
    const queue::Meta* const joint = joint_meta();
    const queue::Meta& meta = joint != nullptr ? *joint : messages.front().item.meta;
    if (guarded_) return GuardedCall::call(thread, edge, &meta, list.get(), entry);
    return call_edge(thread, edge, &meta, list.get(), entry);
}

// Under the first one's name, where somebody waits for what comes of any of them; nullptr: nobody does.
const queue::Meta* Delivery::joint_meta() {
    std::vector<queue::Receipt::Ref> receipts;
    for (const QueuedMessage& message : messages) {
        if (message.item.unit) receipts.push_back(message.item.meta.text->receipt);
    }
    if (receipts.empty()) return nullptr;
    joint_ = messages.front().item.meta;
    if (!joint_.text) joint_.text = std::make_unique<queue::MetaText>();
    joint_.text->receipt = queue::Receipt::Ref(*new queue::JointReceipt(std::move(receipts)));
    joint_unit_ = queue::Receipt::Unit(joint_.text->receipt);
    return &joint_;
}

CallResult Delivery::attempt_each(ThreadContext& thread, Entry entry) {
    const Edge& edge = edge_.edge();
    each_ = std::make_shared<Results>();
    if (!guarded_) {
        *each_ = handle_batch(thread, edge, messages, entry);
        return {};
    }
    std::vector<QueuedMessage> copies;
    for (const QueuedMessage& message : messages) {
        QueuedMessage& copy = copies.emplace_back();
        copy.item.body = message.item.body;
        copy.item.meta = message.item.meta;
        copy.item.queued = message.item.queued;
        copy.last = message.last;
    }
    auto work = [&edge, into = each_, copies = std::move(copies)](ThreadContext& on, const Entry& how) {
        *into = handle_batch(on, edge, copies, how);
        return CallResult();
    };
    return GuardedCall::call(thread, edge, std::move(work), entry);
}

// Of a whole attempt: the same for each of its messages, unless they have a result each.
Delivery::Results Delivery::results_for(CallResult whole) {
    if (each_ && !whole.failed()) return std::move(*each_);
    Results results(messages.size());
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
        results[i].status = whole.status;
        results[i].handled = whole.handled;
        results[i].abandoned = whole.abandoned;
        if (whole.error) results[i].error = std::make_unique<Error>(*whole.error);
    }
    results.back() = std::move(whole);
    return results;
}

bool Delivery::end_attempt(ThreadContext& thread, CallResult result) {
    if (messages.size() == 1 && !each_ && !result.failed() && !joint_unit_) {
        edge_.settle(thread, messages.front(), result);
        edge_.settled(*this);
        return true;
    }
    return end_attempt(thread, results_for(std::move(result)));
}

// True: it is free for what is next. False: some of it is tried again, at next_try_. Those of one batch go together.
bool Delivery::end_attempt(ThreadContext& thread, Results results) {
    if (guarded_ && thread.run.observer != nullptr) write_timeouts(thread, results);
    next_try_ = 0;
    std::vector<QueuedMessage> kept, done;  // kept: to be tried again, or cut short by the end of the run
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const bool is_done = !(results[i].failed() && tries_again(thread, messages[i], results[i])) &&
                             settle(thread, messages[i], std::move(results[i]));
        (is_done ? done : kept).push_back(std::move(messages[i]));
    }
    messages = std::move(done);
    edge_.settled(*this);
    joint_unit_ = {};
    messages = std::move(kept);
    if (next_try_ == 0) return true;
    ++attempt;
    return false;
}

bool Delivery::tries_again(ThreadContext& thread, const QueuedMessage& message, CallResult& result) {
    const auto at =
        next_attempt(thread, edge_.edge(), &message.item.meta, message.item.body.get(), result, attempt, message.last);
    if (!at) return false;
    next_try_ = std::max(next_try_, *at);
    edge_.tries_again(message, *at, attempt, *result.error);
    add(thread.counts[edge_.edge().index].retried);
    return true;
}

// The final result of one message: its error route, where it has failed and the attempt has not asked that, and the account.
// False: it was cut short by the end of the run, and is left.
bool Delivery::settle(ThreadContext& thread, QueuedMessage& message, CallResult result) {
    const Edge& edge = edge_.edge();
    if (result.failed() && !routed_) {
        thread.parent = message.item.meta.parent;
        result = to_error_route(thread, *edge.to, &message.item.meta, message.item.body.get(), std::move(result));
        thread.parent = 0;
    }
    return edge_.settle(thread, message, result);
}

namespace {

// An attempt in which the process died counts as any other; one more is made, alone.
bool has_killed_too_often(const Edge& edge, const queue::Item& item) {
    return item.interrupted && item.attempts > edge.spec->retry.attempts;
}

CallResult poison(const Edge& edge, const queue::Item& item) {
    CallResult result =
        failure(Code::failed,
                fmt::format("poison: the process died {} times while it was in its handler", item.attempts), edge.to);
    result.error->attempts = item.attempts;
    result.error->detail = fmt::format(R"({{"poison":{}}})", item.attempts);
    return result;
}

CallResult too_late(const Edge& edge) {
    return failure(Code::timeout, fmt::format("its deadline passed before a delivery on {} began", edge.name), edge.to);
}

}  // namespace

// Fails without entering the node: what has waited in the queue past its deadline, and what has killed the process too often.
// False: the end of the run cut that short.
bool Delivery::refuse(ThreadContext& thread) {
    const Edge& edge = edge_.edge();
    const bool timed = edge.spec->deadline != 0;
    const Time now = timed ? thread.world.now() : 0;
    const auto may_enter = [&](const QueuedMessage& message) {
        return (!timed || message.last > now) && !has_killed_too_often(edge, message.item);
    };
    const auto first = std::stable_partition(messages.begin(), messages.end(), may_enter);
    if (first == messages.end()) return true;
    std::vector<QueuedMessage> done, kept(std::make_move_iterator(messages.begin()), std::make_move_iterator(first));
    const std::size_t entering = kept.size();
    for (auto message = first; message != messages.end(); ++message) {
        const queue::Item& item = message->item;
        const bool killed = has_killed_too_often(edge, item);
        // One whose error route kills the process as well is not given to it again.
        routed_ = killed && item.attempts > edge.spec->retry.attempts + 1;
        const bool is_done = settle(thread, *message, killed ? poison(edge, item) : too_late(edge));
        (is_done ? done : kept).push_back(std::move(*message));
    }
    messages = std::move(done);
    edge_.settled(*this);
    messages = std::move(kept);
    return messages.size() == entering;
}

// An attempt that was abandoned writes no span of its own before it comes back.
void Delivery::write_timeouts(ThreadContext& thread, const Results& results) {
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const queue::Item& item = messages[i].item;
        if (!results[i].abandoned) continue;
        write_given_up(thread, edge_.edge(), item.meta, begun_, item.queued, attempt, *results[i].error);
    }
}

}  // namespace flowrun::engine

#include "engine/call/fan_line.hh"

#include <atomic>
#include <utility>

#include "engine/call/failure.hh"
#include "engine/graph/graph.hh"

namespace flowrun::engine {

// One message. Owns itself until it has passed its result on, and nobody who took it for lasting has still to tell it what it
// waits for.
class FanLine::Fan final : public Continuation {
public:
    Fan(FanLine& line, std::uint64_t of, const queue::Meta* with, const value::Node* what, trace::SpanId span,
        Continuation& whose)
        : number(of), meta(with), message(what), parent(span), line_(line), then_(whose) {}

    Continuation* lasting(ThreadContext&) override {
        holders_.fetch_add(1, std::memory_order_relaxed);
        return this;
    }
    void awaits(Awaited*) override { release(); }
    // Only what is its last, and lets nobody behind it go on.
    bool notes(const CallResult& result) const override {
        return errors_.empty() && edge + 1 == line_.outlet_.edges.size() && line_.has_entered(edge, number) &&
               then_.notes(result);
    }
    void result(ThreadContext& thread, CallResult came) override {
        FanLine& line = line_;
        Fan* const next = line.entered(edge, number);
        note(std::move(came));
        line.go_on(thread, this);  // it may be gone then
        if (next != nullptr) line.go_on(thread, next);
    }

    void note(CallResult came) {
        ++edge;
        filtered_ = filtered_ && came.filtered;
        if (came.failed()) errors_.push_back(std::move(*came.error));
        else if (!reply_) reply_ = std::move(came.reply);
    }
    void end(ThreadContext& thread) {
        CallResult all;
        if (!errors_.empty()) {
            all = CallResult(gathered(std::move(errors_), line_.outlet_.edges.front()->from->name));
        } else {
            all.reply = std::move(reply_);
            all.filtered = filtered_;
        }
        then_.result(thread, std::move(all));
        release();
    }

    const std::uint64_t number;
    const queue::Meta* const meta;
    const value::Node* const message;
    const trace::SpanId parent;
    std::size_t edge = 0;  // the next, or that on which it is under way

private:
    ~Fan() = default;
    void release() {
        if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    FanLine& line_;
    Continuation& then_;
    std::vector<Error> errors_;
    value::Value reply_;
    bool filtered_ = true;
    std::atomic<std::uint32_t> holders_{1};
};

// False: it is gone on with when the one before it has entered its edge.
bool FanLine::may_enter(Fan& fan) {
    MutexLock lock(mutex_);
    if (entered_[fan.edge] == fan.number) return true;
    waiting_[fan.edge].emplace(fan.number, &fan);
    return false;
}

// Said of each once or twice. Who may go on then; nullptr: nobody.
FanLine::Fan* FanLine::entered(std::size_t edge, std::uint64_t number) {
    MutexLock lock(mutex_);
    if (entered_[edge] != number) return nullptr;
    auto next = waiting_[edge].extract(++entered_[edge]);
    return next ? next.mapped() : nullptr;
}

bool FanLine::has_entered(std::size_t edge, std::uint64_t number) {
    MutexLock lock(mutex_);
    return entered_[edge] > number;
}

// One message as far as it comes now. Whoever may enter an edge behind it is put among those that are ready.
void FanLine::go_through(ThreadContext& thread, Fan& fan, std::vector<Fan*>& ready) {
    while (fan.edge < outlet_.edges.size()) {
        if (!may_enter(fan)) return;  // and may be gone
        const std::size_t edge = fan.edge;
        const std::uint64_t number = fan.number;
        thread.parent = fan.parent;
        thread.left = ThreadContext::Left::for_answer;
        Entry how;
        how.then = &fan;
        CallResult came = outlet_.edges[edge]->take(thread, *outlet_.edges[edge], fan.meta, fan.message, how);
        // What waits for an answer may be overtaken where it has to go on.
        const bool pending = came.pending(), may_pass = pending && thread.left == ThreadContext::Left::for_answer;
        if (Fan* const next = may_pass ? nullptr : entered(edge, number)) ready.push_back(next);
        if (pending) return;  // likewise
        thread.left = ThreadContext::Left::for_word;
        fan.note(std::move(came));
    }
    fan.end(thread);
}

// None is called from within another.
void FanLine::go_on(ThreadContext& thread, Fan* fan) {
    const trace::SpanId before = thread.parent;
    std::vector<Fan*> ready{fan};
    while (!ready.empty()) {
        Fan& next = *ready.back();
        ready.pop_back();
        go_through(thread, next, ready);
        thread.parent = before;
    }
}

void FanLine::send(ThreadContext& thread, const queue::Meta* meta, const value::Node* message, Continuation& then) {
    Continuation* const lasting = then.lasting(thread);
    auto& fan = *new Fan(*this, sent_++, meta, message, thread.parent, *lasting);
    thread.left = ThreadContext::Left::for_word;
    go_on(thread, &fan);
    lasting->awaits(nullptr);
}

}  // namespace flowrun::engine

// delay: passes each message on after a while. Holds no thread meanwhile: the call is pending, and a timer sends it on.

#include <flowrun/component.hh>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "components.hh"
#include "formats/kind.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Delay;

// One message that waits. Two hold it until they are done with it: the handler that armed the timer, and the end of the
// wait (the timer, or whoever cancelled it).
struct Waiting {
    Waiting(Delay& of, Ticket mine, Value what) : delay(of), ticket(std::move(mine)), message(what.keep()) {}
    void drop() {
        if (holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    Delay& delay;
    Ticket ticket;
    Kept message;
    flowrun_timer* timer = nullptr;
    Waiting* before = nullptr;  // listed in Delay::waiting_; guarded by its mutex, as are the three below
    Waiting* next = nullptr;
    bool listed = false;
    bool over = false;
    std::atomic<int> holders = 2;
};

class Delay {
public:
    static constexpr Description description = {
        .id = "delay",
        .summary = "Passes each message on after a while",
        .doc = "Any number of messages may wait at once; each waits for itself, so they may overtake one another.",
        .settings = R"({"type": "object", "required": ["for"], "properties": {
            "for": {"x-duration": true, "x-message": true, "description": "How long each message waits"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The same messages, later"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT,
    };

    Delay(Node node, Value settings) : node_(node), fixed_(settings["for"].integer()) {}
    // What still waits here has been given up by its caller; its timers are gone.
    ~Delay() {
        while (waiting_) std::exchange(waiting_, waiting_->next)->drop();
    }
    Delay(const Delay&) = delete;
    Delay& operator=(const Delay&) = delete;

    Status handle(Call call, std::uint32_t, Value message) {
        std::int64_t wait = 0;
        if (fixed_) {
            wait = *fixed_;
        } else if (const Value given = call.setting(for_setting); !given) {
            return call.setting_status();
        } else if (const auto nanoseconds = given.integer()) {
            wait = *nanoseconds;
        } else {
            throw Failure(Status::invalid,
                          std::string("'for' gave ") + formats::name_of(given.kind()) + ", not a duration");
        }
        return wait > 0 ? wait_and_pass(call, message, wait) : call.forward(0, message);
    }

    // What still waits is given up.
    void stop() {
        Waiting* all = nullptr;
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
            all = std::exchange(waiting_, nullptr);
            for (Waiting* w = all; w; w = w->next) {
                w->listed = false;
                w->holders.fetch_add(1, std::memory_order_relaxed);  // stop's own: its timer may go off meanwhile
            }
        }
        while (all) {
            Waiting* const w = std::exchange(all, all->next);
            if (node_.cancel(w->timer)) give_up(w);
            w->drop();
        }
    }

private:
    static constexpr std::uint32_t for_setting = 0;

    Status wait_and_pass(Call call, Value message, std::int64_t wait) {
        Ticket ticket = call.pend();
        if (!ticket) {  // where a call cannot pend it waits in place
            const Status status = call.sleep(wait);
            return is_error(status) ? status : call.forward(0, message);
        }
        auto* const w = new Waiting(*this, std::move(ticket), message);
        // The host is never called with the mutex held: it may let other threads run before it returns.
        flowrun_timer* const timer = node_.timer(wait, &Delay::time_has_come, w);
        bool give_up_now = false;
        {
            const std::lock_guard lock(mutex_);
            w->timer = timer;
            if (!w->over && !stopped_) list(w);
            give_up_now = !w->over && stopped_;
        }
        if (give_up_now && node_.cancel(timer)) give_up(w);
        w->drop();
        return Status::pending;
    }

    static void time_has_come(void* user) {
        auto* const w = static_cast<Waiting*>(user);
        {
            const std::lock_guard lock(w->delay.mutex_);
            w->over = true;
            w->delay.unlist(w);
        }
        // A timer must not wait, so this must not be `emit`.
        const Call call = w->ticket.call();
        const Status status = call.emit_async(0, w->message.get(), nullptr, &Delay::passed, w);
        if (!is_error(status)) return;
        const auto error = call.last_error();
        passed(w, static_cast<std::int32_t>(status), nullptr, error ? &error->raw() : nullptr);
    }

    static void passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
        auto* const w = static_cast<Waiting*>(user);
        (void)(error ? w->ticket.fail(*error)
                     : w->ticket.complete(static_cast<Status>(status), Value(w->message.get().table(), reply)));
        w->drop();
    }

    static void give_up(Waiting* w) {
        (void)w->ticket.fail(Failure(Status::cancelled, "the run ended during the delay"));
        w->drop();
    }

    void list(Waiting* w) {
        w->next = waiting_;
        if (waiting_) waiting_->before = w;
        waiting_ = w;
        w->listed = true;
    }
    void unlist(Waiting* w) {
        if (!w->listed) return;
        (w->before ? w->before->next : waiting_) = w->next;
        if (w->next) w->next->before = w->before;
        w->listed = false;
    }

    Node node_;
    std::optional<std::int64_t> fixed_;  // nanoseconds; empty: `for` depends on the message
    std::mutex mutex_;
    Waiting* waiting_ = nullptr;
    bool stopped_ = false;
};

}  // namespace

constinit const flowrun_component delay_component = sdk::component<Delay>();

}  // namespace flowrun::core

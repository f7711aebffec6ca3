#include "sweep.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "consumer.hh"
#include "publisher.hh"

namespace flowrun::amqp {
namespace {

constexpr std::size_t most_at_once = 65'535;
constexpr amqp_channel_t errands = 2;
constexpr int settling = 1'500;  // milliseconds; see session.cc
// Waiting is counted in these; nothing here has a clock.
constexpr int tick = 20;  // milliseconds
constexpr int patience = 10'000 / tick, quiet = 200 / tick, quiet_and_short = 2'000 / tick;

[[noreturn]] void too_slow() { throw broker::Lost{"it does not answer"}; }

// Works both ends until `done`, which is told for how many ticks there was no progress.
template <class Progress, class Done>
void work_until(Publisher& publisher, Consumer* consumer, const Progress& progress, const Done& done) {
    auto before = progress();
    for (int silence = 0; silence < patience;) {
        if (consumer != nullptr) {
            consumer->hurry();
            consumer->work();
        }
        publisher.work();
        if (consumer != nullptr) {
            consumer->hurry();
            consumer->send_answers();
        }
        if (done(silence)) return;
        pollfd fds[2] = {publisher.waits_for(), {-1, 0, 0}};
        if (consumer != nullptr) fds[1] = consumer->waits_for();
        if (::poll(fds, 2, tick) == 0) ++silence;
        if (const auto now = progress(); std::exchange(before, now) != now) silence = 0;
    }
    too_slow();
}

class Sweep {
public:
    Sweep(const Server& server, std::string_view name, const std::function<Fate(const broker::Message&)>& judge)
        : name_(name), judge_(judge), publisher_(server, "flowrun queue", [](std::string_view) {}),
          consumer_(
              server, "flowrun queue", dead_of(name), [this] { return ++asked_ * 1'000'000; },
              [this](Delivery&& delivery) { look_at(std::move(delivery)); }) {
        consumer_.counted = [this](std::uint64_t waiting) {
            counting_ = false;
            waiting_ = waiting;
        };
    }

    std::int64_t run() {
        const std::uint64_t expected = consumer_.clerk().waiting(dead_of(name_)).value_or(never);
        if (expected == never) return 0;
        consumer_.clerk().make(name_);
        consumer_.consume(most_at_once, true);
        const auto progress = [&] { return consumer_.delivered() + answered_; };
        work_until(publisher_, &consumer_, progress, [&](int silence) { return is_through(expected, silence); });
        // Nobody is to be given again what goes back.
        consumer_.consume(0);
        for (const std::uint64_t tag : stay_) consumer_.requeue(tag, [this] { ++answered_; });
        work_until(publisher_, &consumer_, progress, [&](int) { return answered_ == consumer_.delivered(); });
        wait_until_back();
        return gone_;
    }

private:
    static constexpr std::uint64_t never = ~std::uint64_t{0};

    // Who comes next is to find all that has stayed.
    void wait_until_back() {
        constexpr int tries = 100;
        for (int tried = 0; tried < tries; ++tried) {
            if (consumer_.clerk().waiting(dead_of(name_)).value_or(never) >= stay_.size()) return;
            ::poll(nullptr, 0, tick);
        }
    }
    bool is_through(std::uint64_t expected, int silence) {
        const std::uint64_t before = std::exchange(seen_, consumer_.delivered());
        if (before != seen_) waiting_ = never;
        if (consumer_.full()) consumer_.more();
        if (waiting_ == 0) return silence >= (seen_ < expected ? quiet_and_short : quiet);
        if (silence % quiet == 0 && !std::exchange(counting_, true)) consumer_.count();
        return false;
    }
    void look_at(Delivery&& delivery) {
        broker::Message message = message_of(*delivery.properties, std::move(delivery.body));
        message.number = broker::number_of(message);
        const std::uint64_t tag = delivery.tag;
        const auto forget = [this, tag] { consumer_.ack(tag, [this] { ++answered_; }); };
        switch (judge_(message)) {
            case Fate::stays: stay_.push_back(tag); return;
            case Fate::goes: ++gone_; return forget();
            case Fate::returns: break;
        }
        ++gone_;
        message.attempts = 0;
        message.due = 0;
        message.error.clear();
        message.origin.clear();
        const auto own = std::make_shared<const broker::Message>(std::move(message));
        Letter letter;
        letter.key = name_;
        letter.properties = properties_of(*own);
        letter.body = own->body;
        letter.done = [this, own, forget](Outcome outcome, std::string_view text) {
            if (outcome != Outcome::confirmed) throw broker::Lost{std::string(text)};
            forget();
        };
        publisher_.send(std::move(letter));
    }

    const std::string name_;
    const std::function<Fate(const broker::Message&)>& judge_;
    Publisher publisher_;
    Consumer consumer_;
    std::vector<std::uint64_t> stay_;
    std::int64_t gone_ = 0;
    std::uint64_t answered_ = 0, seen_ = 0, waiting_ = never;
    bool counting_ = false;
    std::int64_t asked_ = 0;  // for the time, which goes on with each
};

}  // namespace

std::int64_t sweep_dead(const Server& server, std::string_view name,
                        const std::function<Fate(const broker::Message&)>& judge) {
    constexpr int tries = 50, pause = 100;  // milliseconds
    for (int tried = 1;; ++tried) {
        Sweep sweep(server, name, judge);
        try {
            return sweep.run();
        } catch (const broker::Lost& lost) {
            if (lost.text.find("in exclusive use") == lost.text.npos) throw;
            if (tried == tries)
                throw sdk::QueueError{FLOWRUN_E_FAILED,
                                      "somebody else works on the dead letters of '" + std::string(name) + "'"};
        }
        ::poll(nullptr, 0, pause);
    }
}

void put_down(const Server& server, std::string_view name, const flowrun_queue_item* items, std::size_t count) {
    Publisher publisher(server, "flowrun queue", [](std::string_view) {});
    Clerk clerk(publisher.connection(), errands);
    clerk.make_dead(name);
    if (clerk.make(name)) ::poll(nullptr, 0, settling);
    std::size_t held = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto own = std::make_shared<const broker::Message>(broker::Message::of(items[i]));
        Letter letter;
        letter.key = name;
        letter.properties = properties_of(*own);
        letter.body = own->body;
        letter.done = [&held, own](Outcome outcome, std::string_view text) {
            if (outcome == Outcome::too_large) throw sdk::QueueError{FLOWRUN_E_INVALID, std::string(text)};
            if (outcome != Outcome::confirmed) throw broker::Lost{std::string(text)};
            ++held;
        };
        publisher.send(std::move(letter));
    }
    work_until(publisher, nullptr, [&] { return held; }, [&](int) { return held == count; });
}

}  // namespace flowrun::amqp

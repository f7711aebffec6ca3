#include "sweep.hh"

#include <flowrun/cxx/queue.hh>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "consumer.hh"
#include "publisher.hh"

namespace flowrun::amqp {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t most_at_once = 65'535, fresh_after = 50'000;
constexpr amqp_channel_t errands = 2;
constexpr milliseconds patience{10'000}, quiet{200}, settling{1'500};

[[noreturn]] void too_slow() { throw broker::Lost{"it does not answer"}; }

// Works both ends until `done`, as long as there is progress within the time.
template <class Done, class Progress>
void work_until(Publisher& publisher, Consumer* consumer, const Done& done, const Progress& progress) {
    auto mark = progress();
    auto end = Clock::now() + patience;
    for (;;) {
        if (consumer != nullptr) consumer->work();
        publisher.work();
        if (consumer != nullptr) consumer->send_answers();
        if (done()) return;
        if (const auto now_at = progress(); now_at != mark) {
            mark = now_at;
            end = Clock::now() + patience;
        }
        if (Clock::now() > end) too_slow();
        pollfd fds[2] = {publisher.waits_for(), {-1, 0, 0}};
        if (consumer != nullptr) fds[1] = consumer->waits_for();
        ::poll(fds, 2, 20);
    }
}

class Sweep {
public:
    Sweep(const Server& server, std::string_view name, const std::function<Fate(const broker::Message&)>& judge)
        : name_(name), judge_(judge), publisher_(server, "flowrun queue", [](std::string_view) {}),
          consumer_(server, "flowrun queue", dead_of(name),
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
        work([&] { return is_through(expected); });
        for (const std::uint64_t tag : stay_) consumer_.requeue(tag, [this] { ++answered_; });
        work([&] { return answered_ == consumer_.delivered(); });
        return gone_;
    }

private:
    static constexpr std::uint64_t never = ~std::uint64_t{0};

    template <class Done>
    void work(const Done& done) {
        work_until(publisher_, &consumer_, done, [&] { return consumer_.delivered() + answered_; });
    }
    bool is_through(std::uint64_t expected) {
        const auto now = Clock::now();
        if (consumer_.delivered() != seen_) {
            seen_ = consumer_.delivered();
            last_ = now;
            waiting_ = never;
        }
        if (seen_ - fresh_ >= fresh_after) {
            fresh_ = seen_;
            consumer_.consume(most_at_once, true);
        }
        if (waiting_ != 0 && !std::exchange(counting_, true)) consumer_.count();
        const auto silence = now - last_;
        return waiting_ == 0 && silence >= (seen_ < expected ? seconds(2) : quiet);
    }
    void look_at(Delivery&& delivery) {
        broker::Message message = message_of(*delivery.properties, std::move(delivery.body));
        message.number = number_of(message);
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
    std::uint64_t answered_ = 0, seen_ = 0, fresh_ = 0, waiting_ = never;
    bool counting_ = false;
    Clock::time_point last_ = Clock::now();
};

}  // namespace

std::int64_t sweep_dead(const Server& server, std::string_view name,
                        const std::function<Fate(const broker::Message&)>& judge) {
    for (const auto end = Clock::now() + seconds(5);;) {
        Sweep sweep(server, name, judge);
        try {
            return sweep.run();
        } catch (const broker::Lost& lost) {
            if (lost.text.find("in exclusive use") == lost.text.npos) throw;
            if (Clock::now() > end)
                throw sdk::QueueError{FLOWRUN_E_FAILED,
                                      "somebody else works on the dead letters of '" + std::string(name) + "'"};
        }
        std::this_thread::sleep_for(milliseconds(100));
    }
}

// Its last byte tells apart what came in the same moment.
std::uint64_t number_of(const broker::Message& message) {
    std::uint64_t hash = 14'695'981'039'346'656'037U;
    for (const std::string_view text : {std::string_view(message.id), std::string_view(message.body)}) {
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    }
    constexpr std::uint64_t low = 0xff;
    if (message.accepted <= 0) return std::max<std::uint64_t>(hash >> 3, 1);
    return (static_cast<std::uint64_t>(message.accepted) & ~low) | ((hash >> 32) & low);
}

void put_down(const Server& server, std::string_view name, const flowrun_queue_item* items, std::size_t count) {
    Publisher publisher(server, "flowrun queue", [](std::string_view) {});
    Clerk clerk(publisher.connection(), errands);
    clerk.make_dead(name);
    if (clerk.make(name)) std::this_thread::sleep_for(settling);
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
    work_until(publisher, nullptr, [&] { return held == count; }, [&] { return held; });
}

}  // namespace flowrun::amqp

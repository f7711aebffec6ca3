// What virtual time cannot show, with the machine's own threads and clock: timeouts on a busy machine, a `stop` that does
// not come back, and that waiting takes no CPU. Bounds above are wide: what is judged are orders and bounds below.

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <catch2/catch.hpp>
#include <flowrun/component.hh>

#include "base/machine.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

const flowrun_value* given(const value::Value& v) { return reinterpret_cast<const flowrun_value*>(v.get()); }

// Three threads that do nothing but hold the cores.
class Busy {
public:
    Busy() {
        for (std::thread& thread : threads_)
            thread = std::thread([this] {
                while (!over_) {}
            });
    }
    ~Busy() {
        over_ = true;
        for (std::thread& thread : threads_) thread.join();
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

private:
    std::atomic<bool> over_{false};
    std::array<std::thread, 3> threads_;
};

Duration cpu() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& t) { return t.tv_sec * second + t.tv_usec * microsecond; };
    return of(used.ru_utime) + of(used.ru_stime);
}

// Waits in the machine's time until `done`, at most so long.
template <class Done>
bool soon(Duration most, Done&& done) {
    for (Duration waited = 0; !done(); waited += 5 * millisecond) {
        if (waited >= most) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace

TEST_CASE("On a busy machine no timeout comes before its time") {
    for (const char* kind : {"open", "polite", "foreign"}) {
        for (const char* edge : {"-> to: { timeout: 10ms }", "~> to: { timeout: 10ms }",
                                 "~> to: { timeout: 10ms, order: none, workers: 4 }"}) {
            INFO(kind << ' ' << edge);
            Machine world;
            Stage stage;
            const Busy busy;
            std::map<std::int64_t, Time> sent;
            std::mutex mutex;
            std::vector<Duration> took;
            int late = 0;
            stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
                for (int n = 0; n < 60; ++n) {
                    const value::Value v = *value::parse(fmt::format("{{\"n\":{}}}", n));
                    {
                        const std::scoped_lock lock(mutex);
                        sent[n] = world.now();
                    }
                    (void)host.emit(call, 0, given(v));
                    if (host.sleep(call, 3 * millisecond) != FLOWRUN_OK) break;
                }
                return FLOWRUN_OK;
            };
            stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
                const Time begun = host.now();
                const std::int32_t status = host.sleep(call, 7 * millisecond);
                // Its deadline is 10 ms after it was begun: woken before 7 ms it was woken too early only if the begin of
                // the attempt and its entry lie less than 3 ms apart; that is for the deadline to say.
                if (status == FLOWRUN_E_TIMEOUT && host.now() < host.deadline(call) &&
                    host.now() < begun + 7 * millisecond)
                    return fail(host, call, FLOWRUN_E_PERMANENT, "woken early");
                return status;
            };
            stage.roles["dead"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
                const Time now = world.now();
                const auto& error = *reinterpret_cast<const value::Node*>(message)->member("error");
                const std::scoped_lock lock(mutex);
                if (error.member("code")->as_string() != "timeout") ++late;
                const std::int64_t n = number(reinterpret_cast<const flowrun_value*>(
                                                  reinterpret_cast<const value::Node*>(message)->member("msg")),
                                              "n");
                took.push_back(now - sent[n]);
                return FLOWRUN_OK;
            };
            const Outcome outcome =
                stage.run(world, std::string("nodes: { from: {uses: source}, to: {uses: ") + kind +
                                     "}, dead: {uses: open} }\nedges:\n  - from " + edge + "\n  - to.error -> dead\n");
            CHECK(outcome.drained);
            CHECK(late == 0);
            const auto early = std::count_if(took.begin(), took.end(), [](Duration d) { return d < 10 * millisecond; });
            INFO(took.size() << " timed out, the soonest after "
                             << (took.empty() ? 0 : *std::min_element(took.begin(), took.end()) / microsecond)
                             << " us");
            CHECK(early == 0);
        }
    }
}

TEST_CASE("Who waits for room uses no CPU, whatever it is that does not fit") {
    for (const char* buffer : {"{ messages: 1000, bytes: 1KiB }", "1"}) {
        INFO(buffer);
        Machine world;
        Stage stage;
        stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            const value::Value v = *value::parse(fmt::format(R"({{"t":"{:*>{}}"}})", "", 600));
            for (int i = 0; i < 5; ++i) {
                if (const std::int32_t status = host.emit(call, 0, given(v)); status != FLOWRUN_OK) return status;
            }
            return FLOWRUN_OK;
        };
        stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            return host.sleep(call, 400 * millisecond);
        };
        const Duration before = cpu();
        const Outcome outcome = stage.run(
            world,
            std::string("nodes: { from: {uses: source}, to: {uses: polite} }\nedges:\n  - from ~> to: { buffer: ") +
                buffer + " }\n");
        const Duration used = cpu() - before;
        CHECK(outcome.took >= 5 * 400 * millisecond);
        CHECK(used < outcome.took * 3 / 10);
    }
}

TEST_CASE("A node's `stop` that does not come back holds up neither timers nor a second interrupt") {
    static std::atomic<bool> let_go{false}, back{false};  // outlive the run
    static std::atomic<int> ticks{0};
    static flowrun_node* node = nullptr;
    // Nothing that a run has left behind may go before the process does.
    static auto& world = *new Machine;
    static auto& stage = *new Stage;
    stage.options.drain_timeout = 20 * second;
    static std::atomic<bool> stopping{false};
    stage.roles["from"].run = [](const flowrun_host& host, flowrun_call* call) {
        return host.sleep(call, 60 * second);
    };
    stage.roles["from"].stop = [] {
        stopping = true;
        (void)soon(15 * second, [] { return let_go.load(); });
    };
    stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return host.sleep(call, 60 * second);
    };
    stage.roles["other"] = Stage::numbers(1);
    stage.roles["other"].stop = [] { back = true; };  // comes after the one above, and is the last that is called
    // Nothing here may go with this frame: where `stop` is still out, the node's timers are as well.
    struct Tick {
        static void due(void*) {
            if (let_go) return;
            ++ticks;
            (void)host().timer(node, 20 * millisecond, &Tick::due, nullptr);
        }
    };
    Time first = 0, second_one = 0;
    std::atomic<Time> called{0};
    bool begun = false, went_on = false;
    const Outcome outcome = stage.run(world,
                                      "nodes: { from: {uses: source}, other: {uses: source}, to: {uses: polite} "
                                      "}\nedges: [ from -> to, other ~> to ]\n",
                                      [&](Runner& runner) {
                                          node = stage.roles["to"].node;
                                          Tick::due(nullptr);
                                          begun = soon(10 * second, [&] { return ticks > 2; });
                                          // As signals come: on the thread that serves them and timers.
                                          first = world.now();
                                          (void)world.at(first, [&] { runner.interrupt(); });
                                          CHECK(soon(10 * second, [&] { return stopping.load(); }));
                                          const int before = ticks;
                                          went_on = soon(5 * second, [&] { return ticks > before + 3; });
                                          second_one = world.now();
                                          (void)world.at(second_one, [&] {
                                              runner.interrupt();
                                              called = world.now();
                                          });
                                          (void)soon(30 * second, [&] { return called != 0; });
                                      });
    const Time ended = world.now();
    CHECK(begun);
    CHECK(went_on);
    CHECK_FALSE(back);  // else the run has waited for it
    CHECK(ended - second_one < 5 * second);
    CHECK(called != 0);
    CHECK(called - second_one < 2 * second);
    CHECK_FALSE(outcome.drained);
    let_go = true;
    CHECK(soon(20 * second, [] { return back.load(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // and out of the engine
}

namespace {

// Answers on a thread of its own, as fast as it can.
class QuickStore final : public queue::Queue {
public:
    ~QuickStore() override { close(); }
    void open(Listener& listener) override {
        listener_ = &listener;
        thread_ = std::thread([this] { answer(); });
    }
    Pushed push(queue::Item& item, std::uint64_t push) override {
        const std::scoped_lock lock(mutex_);
        coming_.emplace_back(push, std::move(item));
        came_.notify_one();
        return Pushed::pending;
    }
    std::size_t take(queue::Item* items, std::size_t n) override {
        const std::scoped_lock lock(mutex_);
        std::size_t taken = 0;
        for (; taken < n && !waiting_.empty(); ++taken) {
            items[taken] = std::move(waiting_.front());
            items[taken].lease = ++leases_;
            waiting_.pop_front();
        }
        return taken;
    }
    void ack(std::uint64_t lease) override { listener_->settled(lease, nullptr); }
    void reject(std::uint64_t lease, const Error&) override { listener_->settled(lease, nullptr); }
    void nack(std::uint64_t lease, Duration, std::uint32_t, const Error*) override {
        listener_->settled(lease, nullptr);
    }
    void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
    queue::Depth depth() const override { return {}; }
    void close() override {
        {
            const std::scoped_lock lock(mutex_);
            if (std::exchange(closed_, true)) return;
            came_.notify_one();
        }
        thread_.join();
    }
    bool forgets() const override { return false; }

private:
    void answer() {
        std::vector<std::pair<std::uint64_t, queue::Item>> batch;
        for (;;) {
            {
                std::unique_lock lock(mutex_);
                came_.wait(lock, [&] { return closed_ || !coming_.empty(); });
                if (coming_.empty()) return;
                batch.clear();
                batch.swap(coming_);
                for (auto& [push, item] : batch) waiting_.push_back(std::move(item));
            }
            for (auto& [push, item] : batch) {
                listener_->pushed(push, nullptr);
                listener_->arrived();
            }
        }
    }
    Listener* listener_ = nullptr;
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<std::pair<std::uint64_t, queue::Item>> coming_;
    std::deque<queue::Item> waiting_;
    std::uint64_t leases_ = 0;
    bool closed_ = false;
};

}  // namespace

TEST_CASE("A window's answers on other threads wake its source each time, and its messages keep their order") {
    constexpr std::int64_t count = 100000;
    for (const char* const buffer : {"buffer: 3", "buffer: 64", "buffer: 4096"}) {
        CAPTURE(buffer);
        Machine machine;
        Stage stage;
        stage.options.queues = [](const Edge&) { return std::make_unique<QuickStore>(); };
        stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* raw) -> std::int32_t {
            const sdk::Call call(&host, raw);
            sdk::Window window(sdk::Node(&host, stage.roles["from"].node));
            for (std::int64_t n = 0; n < count; ++n) {
                const value::Value v = *value::parse(fmt::format(R"({{"n":{}}})", n));
                (void)window.emit(call, {host.values, given(v)}, 10);
                if (n % 1000 == 999) (void)window.settle(call);
            }
            return static_cast<std::int32_t>(window.settle(call));
        };
        std::int64_t next = 0, wrong = 0;
        stage.roles["to"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
            if (number(message, "n") != next++) ++wrong;
            return FLOWRUN_OK;
        };
        const Outcome outcome =
            stage.run(machine, "nodes: { from: {uses: source}, to: {uses: open} }\nedges:\n  - from.out ~> to: { " +
                                   std::string(buffer) + ", queue: \"late:x\" }\n");
        CHECK(outcome.drained);
        CHECK(next == count);
        CHECK(wrong == 0);
    }
}

// Components of core under real threads: a host whose emit_async and timers answer on threads of their own. What it
// looks for is races (run it under ThreadSanitizer), lost completions and double ones.

#include <dlfcn.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include <flowrun/plugin.h>

#include "component/values_table.hh"
#include "descriptor.hh"
#include "value/json.hh"

using namespace flowrun;
using component::from_c;
using component::to_c;

namespace {

struct Visit {  // flowrun_call and flowrun_ticket
    std::atomic<int> results = 0;
    std::atomic<std::int32_t> status = 0;
    value::Value message;
};

// Jobs run on a few threads, each after its time.
class Crew {
public:
    explicit Crew(int size) {
        for (int i = 0; i < size; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Crew() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        wake_.notify_all();
        threads_.clear();
    }
    std::uint64_t add(std::chrono::nanoseconds after, std::function<void()> job) {
        const std::lock_guard lock(mutex_);
        jobs_.emplace(std::pair(std::chrono::steady_clock::now() + after, ++last_), std::move(job));
        wake_.notify_one();
        return last_;
    }
    bool cancel(std::uint64_t id) {
        const std::lock_guard lock(mutex_);
        return std::erase_if(jobs_, [id](const auto& job) { return job.first.second == id; }) == 1;
    }

private:
    void work() {
        std::unique_lock lock(mutex_);
        while (!ending_ || !jobs_.empty()) {
            if (jobs_.empty()) {
                wake_.wait(lock);
                continue;
            }
            const auto when = jobs_.begin()->first.first;
            if (when > std::chrono::steady_clock::now()) {
                wake_.wait_until(lock, when);
                continue;
            }
            auto job = std::move(jobs_.begin()->second);
            jobs_.erase(jobs_.begin());
            lock.unlock();
            job();
            lock.lock();
        }
    }
    std::mutex mutex_;
    std::condition_variable wake_;
    std::map<std::pair<std::chrono::steady_clock::time_point, std::uint64_t>, std::function<void()>> jobs_;
    std::uint64_t last_ = 0;
    bool ending_ = false;
    std::vector<std::jthread> threads_;
};

Crew* crew = nullptr;
std::atomic<std::uint64_t> sent = 0;

Visit& visit(flowrun_call* call) { return *reinterpret_cast<Visit*>(call); }

flowrun_host table() {
    flowrun_host t{};
    t.size = sizeof t;
    t.abi_major = FLOWRUN_ABI_MAJOR;
    t.values = &component::values_table();
    t.extension = [](const char*) -> const void* { return nullptr; };
    t.forward = [](flowrun_call* c, std::uint32_t, const flowrun_value*) -> std::int32_t {
        visit(c).results.fetch_add(1);
        return FLOWRUN_FORWARDED;
    };
    t.emit_async = [](flowrun_call*, std::uint32_t, const flowrun_value* v, const flowrun_meta*, flowrun_done_fn done,
                      void* user) -> std::int32_t {
        const auto n = sent.fetch_add(1);
        const auto answer = [done, user, kept = value::Value::copy(*from_c(v))] {
            done(user, FLOWRUN_OK, to_c(kept.get()), nullptr);
        };
        if (n % 5 == 0) answer();  // some are done before emit_async returns
        else crew->add(std::chrono::microseconds(n % 7), answer);
        return FLOWRUN_OK;
    };
    t.pend = [](flowrun_call* c) { return reinterpret_cast<flowrun_ticket*>(c); };
    t.call_of = [](flowrun_ticket* ticket) { return reinterpret_cast<flowrun_call*>(ticket); };
    t.complete = [](flowrun_ticket* ticket, std::int32_t status, const flowrun_value*,
                    const flowrun_error*) -> std::int32_t {
        auto& of = *reinterpret_cast<Visit*>(ticket);
        of.status = status;
        of.results.fetch_add(1);
        return FLOWRUN_OK;
    };
    t.fail = [](flowrun_call*, const flowrun_error* error) { return error->code; };
    t.error_of = [](flowrun_call*, flowrun_error*) -> std::int32_t { return FLOWRUN_E_INVALID; };
    t.begin = [](flowrun_node*) -> flowrun_call* { return nullptr; };
    t.meta = [](flowrun_call*, flowrun_meta*) -> std::int32_t { return FLOWRUN_OK; };
    t.setting = [](flowrun_call*, std::uint32_t) -> const flowrun_value* { return nullptr; };
    t.setting_status = [](flowrun_call*) -> std::int32_t { return FLOWRUN_OK; };
    t.stopping = [](flowrun_call*) -> std::int32_t { return FLOWRUN_OK; };
    t.now = [] { return static_cast<std::int64_t>(std::chrono::steady_clock::now().time_since_epoch().count()); };
    t.timer = [](flowrun_node*, std::int64_t after, flowrun_timer_fn fn, void* user) {
        return reinterpret_cast<flowrun_timer*>(crew->add(std::chrono::nanoseconds(after), [fn, user] { fn(user); }));
    };
    t.timer_cancel = [](flowrun_timer* timer) -> std::int32_t {
        return crew->cancel(reinterpret_cast<std::uint64_t>(timer)) ? 1 : 0;
    };
    return t;
}

const flowrun_component& component_of(const std::string& id) {
    void* const library = ::dlopen(FLOWRUN_CORE, RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library);
    const auto* const plugin = static_cast<const flowrun_plugin*>(::dlsym(library, "flowrun_plugin_entry"));
    for (std::uint32_t i = 0; i < plugin->component_count; ++i) {
        if (plugin->components[i]->id == id) return *plugin->components[i];
    }
    std::abort();
}

struct Running {
    Running(const std::string& id, std::string_view settings) : component(component_of(id)) {
        const auto given = value::parse(settings);
        REQUIRE(component.create(&host, nullptr, to_c(given->get()), &self) == FLOWRUN_OK);
    }
    ~Running() { component.destroy(self); }
    std::int32_t handle(Visit& of, std::string_view json) {
        of.message = *value::parse(json);
        return component.handle(self, reinterpret_cast<flowrun_call*>(&of), 0, to_c(of.message.get()));
    }
    flowrun_host host = table();
    const flowrun_component& component;
    void* self = nullptr;
};

void wait_for_all(std::deque<Visit>& visits) {
    for (Visit& one : visits) {
        while (one.results == 0) std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("split in parallel completes each list once, whoever finishes first") {
    std::deque<Visit> visits(400);
    Running split("split", R"({"parallel":4})");
    {
        Crew threads(3);
        crew = &threads;
        std::jthread other([&] {
            for (std::size_t i = 0; i < visits.size(); i += 2)
                (void)split.handle(visits[i], "[1,2,3,4,5,6,7,8,9,10,11]");
        });
        for (std::size_t i = 1; i < visits.size(); i += 2) (void)split.handle(visits[i], "[1,2,3,4,5,6,7]");
        other.join();
        wait_for_all(visits);
    }
    for (const Visit& one : visits) CHECK((one.results == 1 && one.status == FLOWRUN_OK));
}

TEST_CASE("delay completes each message once, also when it is stopped among them") {
    std::deque<Visit> visits(2000);
    Running delay("delay", R"({"for":200000})");
    {
        Crew threads(3);
        crew = &threads;
        std::jthread other([&] {
            for (std::size_t i = 0; i < visits.size(); i += 2) (void)delay.handle(visits[i], "1");
        });
        for (std::size_t i = 1; i < visits.size(); i += 2) {
            (void)delay.handle(visits[i], R"({"a":[1,2]})");
            if (i == visits.size() / 2 + 1) delay.component.stop(delay.self);
        }
        other.join();
        wait_for_all(visits);
    }
    int cancelled = 0;
    for (const Visit& one : visits) {
        CHECK(one.results == 1);
        cancelled += one.status == FLOWRUN_E_CANCELLED;
    }
    CHECK(cancelled > 0);
}

namespace {

std::atomic<std::uint64_t> left = 0;  // messages in groups

std::int32_t leave(const flowrun_value* list) {
    left.fetch_add(component::values_table().count(list));
    return FLOWRUN_OK;
}

}  // namespace

TEST_CASE("join lets each message leave once, in a group or late, whatever the timer does meanwhile") {
    left = 0;
    Running join("join", R"({"timeout":150000,"max_groups":50})");
    join.host.begin = [](flowrun_node*) { return reinterpret_cast<flowrun_call*>(new Visit); };
    join.host.finish = [](flowrun_call* call) { delete &visit(call); };
    join.host.emit_meta = [](flowrun_call*, std::uint32_t, const flowrun_value* list,
                             const flowrun_meta*) -> std::int32_t { return leave(list); };
    join.host.raise = [](flowrun_call*, const flowrun_error*, const flowrun_value* list) -> std::int32_t {
        return leave(list);
    };
    join.host.reply_of = [](flowrun_call*) -> const flowrun_value* { return nullptr; };
    join.host.traceparent = [](flowrun_call*, char*) -> std::int32_t { return FLOWRUN_E_UNAVAILABLE; };
    join.host.meta = [](flowrun_call*, flowrun_meta* meta) -> std::int32_t { return meta->total = 3, FLOWRUN_OK; };
    constexpr std::uint64_t messages = 20'000;
    {
        Crew threads(2);
        crew = &threads;
        Visit one;
        for (std::uint64_t i = 0; i < messages; ++i) {
            REQUIRE(join.handle(one, std::to_string(i)) == FLOWRUN_OK);
            if (i % 100 == 99) std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        Visit last;
        REQUIRE(join.component.end(join.self, reinterpret_cast<flowrun_call*>(&last)) == FLOWRUN_OK);
    }
    CHECK(left == messages);
}

TEST_CASE("stdout writes every message once, whatever the timer does meanwhile") {
    const int file = test::file_with("");
    std::string wanted;
    {
        test::Descriptor out(1, ::dup(file));
        Running node("stdout", "{}");
        Crew threads(1);  // goes first, and with it the timer that is left
        crew = &threads;
        Visit one;
        for (int i = 0; i < 3000; ++i) {
            const std::string json = std::to_string(i);
            wanted += json + "\n";
            if (node.handle(one, json) != FLOWRUN_OK) wanted += "failed";
            if (i % 1000 == 999) std::this_thread::sleep_for(std::chrono::milliseconds(60));
        }
        (void)node.component.end(node.self, reinterpret_cast<flowrun_call*>(&one));
    }
    CHECK((test::content_of(file) == wanted));
    ::close(file);
}

// queue-conformance PLUGIN.so URL: what every backend of flowrun/ext/queue.h must do. URL names an empty place; each scenario
// uses a queue of its own there. Prints a line a scenario; exit code 0 when all hold.
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <flowrun/ext/queue.h>
#include <flowrun/plugin.h>

namespace {

std::int64_t wall() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

const flowrun_host& host() {
    static const flowrun_host table = [] {
        flowrun_host made{};
        made.size = sizeof made;
        made.abi_major = FLOWRUN_ABI_MAJOR;
        made.wall = wall;
        made.now = wall;
        return made;
    }();
    return table;
}

flowrun_text text_of(std::string_view text) { return {text.data(), text.size()}; }
std::string string_of(flowrun_text text) { return {text.data == nullptr ? "" : text.data, text.size}; }
void keep_text(void* into, flowrun_text text) { *static_cast<std::string*>(into) = string_of(text); }

struct Failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};
void require(bool holds, const std::string& what) {
    if (!holds) throw Failed(what);
}

struct Taken {
    std::uint64_t lease, number;
    std::string id, key, body, traceparent, error;
    std::uint32_t format, attempts, flags;
    std::int64_t time, accepted, due, index, total;
};

Taken taken_of(const flowrun_queue_item& item) {
    return {item.lease,
            item.number,
            string_of(item.id),
            string_of(item.key),
            string_of(item.body),
            string_of(item.traceparent),
            string_of(item.error),
            item.format,
            item.attempts,
            item.flags,
            item.time,
            item.accepted,
            item.due,
            item.index,
            item.total};
}

// One queue, with a listener that notes what it is told.
class Queue {
public:
    Queue(const flowrun_queue_table& table, const std::string& url, const std::string& name,
          std::uint64_t max_bytes = 0)
        : table_(table) {
        flowrun_queue_spec spec{};
        spec.size = sizeof spec;
        spec.url = text_of(url);
        spec.name = text_of(name);
        spec.flow = text_of("conformance");
        spec.max_bytes = max_bytes;
        std::string why;
        std::int32_t status = FLOWRUN_OK;
        queue_ = table.open(&host(), &spec, &listener(), this, &status, keep_text, &why);
        if (queue_ == nullptr) throw Failed("open: " + why);
    }
    ~Queue() { close(); }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
    void close() {
        if (queue_ != nullptr) table_.close(std::exchange(queue_, nullptr));
    }

    std::int32_t push(std::uint64_t push, const std::string& body,
                      const std::function<void(flowrun_queue_item&)>& with = {}) {
        flowrun_queue_item item{};
        item.size = sizeof item;
        const std::string id = "id-" + std::to_string(push);
        item.body = text_of(body);
        item.id = text_of(id);
        item.accepted = item.time = wall();
        if (with) with(item);
        const std::int32_t status = table_.push(queue_, &item, push);
        if (status == FLOWRUN_OK) {
            const std::scoped_lock lock(mutex_);
            pushed_[push] = FLOWRUN_OK;
        }
        return status;
    }
    // Until it is answered.
    std::int32_t hold(std::uint64_t name, const std::string& body,
                      const std::function<void(flowrun_queue_item&)>& with = {}) {
        const std::int32_t status = push(name, body, with);
        if (status != FLOWRUN_PENDING) return status;
        wait("a push to be answered", [&] { return pushed_.contains(name); });
        return pushed_[name];
    }
    bool answered(std::uint64_t push) {
        const std::scoped_lock lock(mutex_);
        return pushed_.contains(push);
    }
    std::vector<Taken> take(std::uint32_t most) {
        std::vector<Taken> all;
        table_.take(
            queue_, most,
            [](void* user, const flowrun_queue_item* item) {
                static_cast<std::vector<Taken>*>(user)->push_back(taken_of(*item));
            },
            &all);
        return all;
    }
    // So many, waiting for them to arrive.
    std::vector<Taken> take_all(std::size_t n) {
        std::vector<Taken> all;
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (all.size() < n) {
            for (Taken& one : take(static_cast<std::uint32_t>(n - all.size()))) all.push_back(std::move(one));
            if (all.size() == n) break;
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, std::chrono::milliseconds(5));
            require(std::chrono::steady_clock::now() < end,
                    "only " + std::to_string(all.size()) + " of " + std::to_string(n) + " were given out");
        }
        return all;
    }
    void enter(std::uint64_t lease) { table_.enter(queue_, lease); }
    void ack(std::uint64_t lease) { table_.ack(queue_, lease); }
    void nack(std::uint64_t lease, std::int64_t delay, std::uint32_t attempts) {
        table_.nack(queue_, lease, delay, attempts, text_of(R"({"code":"failed"})"));
    }
    void extend(std::uint64_t lease, std::int64_t delay, std::uint32_t attempts) {
        table_.extend(queue_, lease, delay, attempts, text_of(R"({"code":"failed"})"));
    }
    void reject(std::uint64_t lease) { table_.reject(queue_, lease, 1, text_of(R"({"code":"permanent"})")); }
    void settled(std::size_t n) {
        wait("answers to acks", [&] { return settled_.size() >= n; });
    }
    flowrun_queue_depth depth() {
        flowrun_queue_depth depth{};
        depth.size = sizeof depth;
        require(table_.depth(queue_, &depth) == FLOWRUN_OK, "depth");
        return depth;
    }
    bool settled_well() {
        const std::scoped_lock lock(mutex_);
        for (const auto& [lease, status] : settled_) {
            if (status != FLOWRUN_OK) return false;
        }
        return true;
    }

private:
    void wait(const std::string& what, const std::function<bool()>& done) {
        std::unique_lock lock(mutex_);
        require(changed_.wait_for(lock, std::chrono::seconds(30), done), "waited in vain for " + what);
    }
    static const flowrun_queue_listener& listener() {
        static const flowrun_queue_listener table = {
            sizeof table,
            0,
            [](void* user, std::uint64_t push, std::int32_t status, flowrun_text) {
                Queue& of = *static_cast<Queue*>(user);
                const std::scoped_lock lock(of.mutex_);
                of.pushed_[push] = status;
                of.changed_.notify_all();
            },
            [](void* user) { static_cast<Queue*>(user)->changed_.notify_all(); },
            [](void* user, std::uint64_t lease, std::int32_t status, flowrun_text) {
                Queue& of = *static_cast<Queue*>(user);
                const std::scoped_lock lock(of.mutex_);
                of.settled_.emplace_back(lease, status);
                of.changed_.notify_all();
            },
            [](void*, std::uint64_t, flowrun_text) {},
            [](void*, std::int32_t, flowrun_text) {}};
        return table;
    }

    const flowrun_queue_table& table_;
    flowrun_queue* queue_ = nullptr;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint64_t, std::int32_t> pushed_;
    std::vector<std::pair<std::uint64_t, std::int32_t>> settled_;
};

struct Bench {
    const flowrun_queue_table& table;
    std::string url;
};

void every_field_comes_back(const Bench& on) {
    const std::string body("{\"a\":\0\xff\n\"b\"}", 13);
    const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    {
        Queue queue(on.table, on.url, "fields");
        const auto status = queue.hold(1, body, [&](flowrun_queue_item& item) {
            item.format = FLOWRUN_BODY_BYTES;
            item.key = text_of("a key");
            item.traceparent = text_of(trace);
            item.time = 11;
            item.accepted = 12;
            item.index = 3;
            item.total = -1;
        });
        require(status == FLOWRUN_OK, "push");
        require(queue.hold(2, "") == FLOWRUN_OK, "push of an empty body");
    }
    Queue queue(on.table, on.url, "fields");
    const auto all = queue.take_all(2);
    const Taken& one = all[0];
    require(one.body == body && one.format == FLOWRUN_BODY_BYTES, "body");
    require(one.id == "id-1" && one.key == "a key" && one.traceparent == trace, "texts");
    require(one.time == 11 && one.accepted == 12 && one.index == 3 && one.total == -1, "numbers");
    require(one.attempts == 0 && one.due == 0 && one.lease != 0, "what the queue itself sets");
    require(all[1].body.empty(), "an empty body");
}

void order_is_that_of_acceptance(const Bench& on) {
    Queue queue(on.table, on.url, "order");
    constexpr std::uint64_t n = 20'000;
    for (std::uint64_t i = 1; i <= n; ++i) require(queue.push(i, std::to_string(i)) >= 0, "push");
    std::uint64_t next = 1;
    for (const Taken& one : queue.take_all(n)) {
        require(one.body == std::to_string(next), "expected " + std::to_string(next) + ", got " + one.body);
        ++next;
        queue.ack(one.lease);
    }
    queue.settled(n);
    require(queue.depth().waiting == 0 && queue.depth().leased == 0 && queue.depth().bytes == 0, "it is empty then");
}

void what_is_not_acked_comes_again(const Bench& on) {
    {
        Queue queue(on.table, on.url, "again");
        for (std::uint64_t i = 1; i <= 6; ++i) require(queue.hold(i, std::to_string(i)) == FLOWRUN_OK, "push");
        const auto all = queue.take_all(4);
        queue.ack(all[1].lease);
        queue.settled(1);
    }
    Queue queue(on.table, on.url, "again");
    require(queue.depth().waiting == 5, "five are found");
    std::string order;
    for (const Taken& one : queue.take_all(5)) order += one.body;
    require(order == "13456", "in their order: " + order);
}

void a_stale_answer_changes_nothing(const Bench& on) {
    Queue queue(on.table, on.url, "stale");
    require(queue.hold(1, "one") == FLOWRUN_OK, "push");
    const auto first = queue.take_all(1);
    queue.nack(first[0].lease, 0, 1);
    queue.settled(1);
    queue.ack(first[0].lease);
    const auto second = queue.take_all(1);
    require(second[0].body == "one" && second[0].attempts == 1, "it is given out again");
    queue.ack(second[0].lease);
    queue.settled(2);
    require(queue.depth().waiting + queue.depth().leased == 0, "and is gone after its own ack");
}

void attempts_and_due_times_outlive_the_process(const Bench& on) {
    const std::int64_t before = wall();
    constexpr std::int64_t hour = std::int64_t{3600} * 1'000'000'000;
    {
        Queue queue(on.table, on.url, "attempts");
        require(queue.hold(1, "a") == FLOWRUN_OK && queue.hold(2, "b") == FLOWRUN_OK, "push");
        const auto all = queue.take_all(2);
        queue.extend(all[0].lease, hour, 3);
        queue.nack(all[1].lease, hour, 2);
        queue.settled(1);
    }
    Queue queue(on.table, on.url, "attempts");
    const auto all = queue.take_all(2);
    require(all[0].attempts == 3 && all[1].attempts == 2, "attempts");
    for (const Taken& one : all) require(one.due >= before + hour && one.due <= wall() + hour, "due");
    require(all[0].error == R"({"code":"failed"})", "the last error");
}

void the_dead_are_kept_and_can_return(const Bench& on) {
    {
        Queue queue(on.table, on.url, "dead");
        require(queue.hold(1, "a") == FLOWRUN_OK && queue.hold(2, "b") == FLOWRUN_OK, "push");
        for (const Taken& one : queue.take_all(2)) queue.reject(one.lease);
        queue.settled(2);
        require(queue.depth().dead == 2 && queue.depth().waiting == 0, "depth");
    }
    std::vector<Taken> dead;
    std::string why;
    const auto keep = [](void* user, const flowrun_queue_item* item) {
        static_cast<std::vector<Taken>*>(user)->push_back(taken_of(*item));
    };
    require(
        on.table.peek(text_of(on.url), text_of("dead"), FLOWRUN_SELECT_DEAD, 0, 10, keep, &dead, keep_text, &why) >= 0,
        "peek: " + why);
    require(dead.size() == 2 && dead[0].body == "a" && dead[0].error == R"({"code":"permanent"})", "dead letters");
    require(on.table.replay(text_of(on.url), text_of("dead"), &dead[0].number, 1, keep_text, &why) == 1,
            "replay: " + why);
    require(
        on.table.drop(text_of(on.url), text_of("dead"), FLOWRUN_SELECT_DEAD, &dead[1].number, 1, keep_text, &why) == 1,
        "drop: " + why);
    Queue queue(on.table, on.url, "dead");
    const auto all = queue.take_all(1);
    require(all[0].body == "a" && all[0].attempts == 0 && all[0].id == "id-1", "as a new one");
    require(queue.depth().dead == 0, "and none is dead");
}

void a_bound_on_bytes_holds_pushes_back(const Bench& on) {
    Queue queue(on.table, on.url, "bound", 100);
    const std::string forty(40, 'x'), large(500, 'y');
    require(queue.hold(1, forty) == FLOWRUN_OK && queue.hold(2, forty) == FLOWRUN_OK, "two fit");
    require(queue.push(3, forty) == FLOWRUN_PENDING, "the third waits");
    require(queue.push(4, large) == FLOWRUN_PENDING, "and one that is larger than the bound");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    require(!queue.answered(3), "as long as there is no room");
    for (const Taken& one : queue.take_all(2)) queue.ack(one.lease);
    const auto third = queue.take_all(1);
    require(queue.answered(3) && !queue.answered(4), "first come, first served");
    queue.ack(third[0].lease);
    const auto fourth = queue.take_all(1);
    require(fourth[0].body == large, "it has the queue for itself");
}

void many_threads_lose_nothing(const Bench& on) {
    constexpr std::uint64_t threads = 8, each = 2'000;
    Queue queue(on.table, on.url, "threads");
    std::vector<std::thread> pushers;
    for (std::uint64_t t = 0; t < threads; ++t) {
        pushers.emplace_back([&queue, t] {
            for (std::uint64_t i = 0; i < each; ++i) {
                const std::uint64_t name = t * each + i + 1;
                if (queue.push(name, std::to_string(name)) < 0) std::abort();
            }
        });
    }
    std::set<std::string> seen;
    std::size_t answered = 0;
    while (seen.size() < threads * each) {
        const auto some = queue.take_all(1);
        for (const Taken& one : some) {
            require(seen.insert(one.body).second, "twice: " + one.body);
            queue.ack(one.lease);
            ++answered;
        }
    }
    for (std::thread& pusher : pushers) pusher.join();
    queue.settled(answered);
    require(queue.settled_well() && queue.depth().waiting == 0, "all is acked");
}

void queues_of_one_place_do_not_mix(const Bench& on) {
    Queue one(on.table, on.url, "left"), other(on.table, on.url, "right");
    require(one.hold(1, "l") == FLOWRUN_OK && other.hold(1, "r") == FLOWRUN_OK, "push");
    require(one.take_all(1)[0].body == "l" && other.take_all(1)[0].body == "r", "each gives its own");
}

// A process that dies with one message of three in a handler, one taken, one untouched, and one whose handler has returned.
[[noreturn]] void die_in_a_handler(const Bench& on) {
    try {
        auto& queue = *new Queue(on.table, on.url, "interrupted");
        for (std::uint64_t i = 1; i <= 4; ++i) queue.hold(i, std::to_string(i));
        const auto taken = queue.take_all(3);
        queue.enter(taken[0].lease);
        queue.extend(taken[0].lease, 0, 1);
        queue.enter(taken[1].lease);
    } catch (const Failed&) { std::_Exit(1); }
    std::_Exit(0);
}

void what_was_in_a_handler_is_known(const Bench& on) {
    if (on.table.enter == nullptr) return;
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) die_in_a_handler(on);
    int status = 0;
    require(waitpid(child, &status, 0) == child && status == 0, "the process that was to die could not do its part");
    {
        Queue queue(on.table, on.url, "interrupted");
        require(queue.depth().interrupted == 1, "how many were in a handler");
        const auto all = queue.take_all(4);
        require(all[0].body == "2", "what was in a handler comes first");
        require((all[0].flags & FLOWRUN_ITEM_INTERRUPTED) != 0 && all[0].attempts == 1, "and says so");
        require(all[1].body == "1" && all[2].body == "3" && all[3].body == "4", "the others come in order");
        for (std::size_t i = 1; i < 4; ++i) require((all[i].flags & FLOWRUN_ITEM_INTERRUPTED) == 0, "and were in none");
        for (const Taken& one : all) queue.ack(one.lease);
        queue.settled(4);
    }
    Queue queue(on.table, on.url, "interrupted");
    require(queue.depth().interrupted == 0, "a queue that was closed had nothing in a handler");
}

int all(const Bench& on) {
    struct Scenario {
        const char* name;
        void (*run)(const Bench&);
    };
    const Scenario scenarios[] = {
        {"every field comes back", every_field_comes_back},
        {"order is that of acceptance", order_is_that_of_acceptance},
        {"what is not acked comes again", what_is_not_acked_comes_again},
        {"a stale answer changes nothing", a_stale_answer_changes_nothing},
        {"attempts and due times outlive the process", attempts_and_due_times_outlive_the_process},
        {"the dead are kept and can return", the_dead_are_kept_and_can_return},
        {"a bound on bytes holds pushes back", a_bound_on_bytes_holds_pushes_back},
        {"many threads lose nothing", many_threads_lose_nothing},
        {"what was in a handler is known", what_was_in_a_handler_is_known},
        {"queues of one place do not mix", queues_of_one_place_do_not_mix},
    };
    int failed = 0;
    for (const Scenario& scenario : scenarios) {
        try {
            scenario.run(on);
            std::printf("ok      %s\n", scenario.name);
        } catch (const Failed& why) {
            ++failed;
            std::printf("FAILED  %s: %s\n", scenario.name, why.what());
        }
    }
    return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: queue-conformance PLUGIN.so URL\n");
        return 64;
    }
    void* const handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        std::fprintf(stderr, "%s\n", dlerror());
        return 69;
    }
    const auto* plugin = static_cast<const flowrun_plugin*>(dlsym(handle, "flowrun_plugin_entry"));
    if (plugin == nullptr || plugin->extension == nullptr) {
        std::fprintf(stderr, "%s is no plugin that keeps queues\n", argv[1]);
        return 69;
    }
    const auto* table = static_cast<const flowrun_queue_table*>(plugin->extension(FLOWRUN_QUEUE_ID));
    if (table == nullptr) {
        std::fprintf(stderr, "%s keeps no queues\n", argv[1]);
        return 69;
    }
    return all({*table, argv[2]});
}

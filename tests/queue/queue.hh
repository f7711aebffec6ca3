#pragma once
// A queue as a plugin keeps it (flowrun/ext/queue.h), for what tries it from outside.

#include <dlfcn.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <flowrun/ext/queue.h>
#include <flowrun/plugin.h>

inline std::int64_t wall() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline const flowrun_host& host() {
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

inline flowrun_text text_of(std::string_view text) { return {text.data(), text.size()}; }
inline std::string string_of(flowrun_text text) { return {text.data == nullptr ? "" : text.data, text.size}; }
inline void keep_text(void* into, flowrun_text text) { *static_cast<std::string*>(into) = string_of(text); }

struct Failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};
inline void require(bool holds, const std::string& what) {
    if (!holds) throw Failed(what);
}

// A body as an object, and back, for what holds no others (FLOWRUN_QUEUE_OBJECTS).
inline std::string object_of(flowrun_text body) {
    std::string made = R"({"hex":")";
    for (std::uint64_t i = 0; i < body.size; ++i) {
        for (const int shift : {4, 0})
            made += "0123456789abcdef"[static_cast<unsigned char>(body.data[i]) >> shift & 15];
    }
    return made + "\"}";
}
inline std::string out_of_object(const std::string& object) {
    std::string made;
    const std::size_t colon = object.find(':'), begin = object.find('"', colon) + 1, end = object.rfind('"');
    require(colon != object.npos && end != object.npos && begin <= end, "an object: " + object);
    for (std::size_t i = begin; i + 1 < end; i += 2)
        made += static_cast<char>(std::stoi(object.substr(i, 2), nullptr, 16));
    return made;
}

// What the plugin said when it did not open one.
struct Refused : Failed {
    Refused(std::int32_t with, const std::string& text) : Failed("open: " + text), status(with), why(text) {}
    std::int32_t status;
    std::string why;
};

struct Taken {
    std::uint64_t lease, number;
    std::string id, key, body, traceparent, error, origin;
    std::uint32_t format, attempts, flags;
    std::int64_t time, accepted, due, index, total;
};

inline Taken taken_of(const flowrun_queue_item& item) {
    return {item.lease,
            item.number,
            string_of(item.id),
            string_of(item.key),
            string_of(item.body),
            string_of(item.traceparent),
            string_of(item.error),
            string_of(item.origin),
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
          std::uint64_t max_bytes = 0, std::int64_t lease = 0, std::uint32_t flags = 0, const std::string& order = {})
        : table_(table), url_(url), name_(name) {
        flowrun_queue_spec spec{};
        spec.size = sizeof spec;
        spec.url = text_of(url);
        spec.name = text_of(name);
        spec.flow = text_of("conformance");
        spec.max_bytes = max_bytes;
        spec.lease = lease;
        spec.flags = flags;
        spec.order = text_of(order);
        std::string why;
        std::int32_t status = FLOWRUN_OK;
        queue_ = table.open(&host(), &spec, &listener(), this, &status, keep_text, &why);
        if (queue_ == nullptr) throw Refused(status, why);
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
        std::string object;
        if (objects() && item.body.size < 1'000'000) {
            object = object_of(item.body);
            item.body = text_of(object);
            item.format = FLOWRUN_BODY_JSON;
        }
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
        return status == FLOWRUN_PENDING ? answer(name) : status;
    }
    // To a push, which may be given out before.
    std::int32_t answer(std::uint64_t name) {
        wait("a push to be answered", [&] { return pushed_.contains(name); });
        const std::scoped_lock lock(mutex_);
        return pushed_[name];
    }
    // Waits for the answer to this one, and forgets all answers there are.
    void forget_through(std::uint64_t name) {
        require(answer(name) == FLOWRUN_OK, "it is held");
        const std::scoped_lock lock(mutex_);
        pushed_.clear();
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
        for (Taken& one : all) {
            if (objects()) one.body = out_of_object(one.body);
        }
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
    // Of a queue that others share only its server knows.
    flowrun_queue_depth depth() {
        flowrun_queue_depth depth{};
        depth.size = sizeof depth;
        if ((table_.can & FLOWRUN_QUEUE_SHARED) == 0) {
            require(table_.depth(queue_, &depth) == FLOWRUN_OK, "depth");
            return depth;
        }
        struct Into {
            const std::string& name;
            flowrun_queue_depth& depth;
        } into{name_, depth};
        const auto keep = [](void* user, flowrun_text name, const flowrun_queue_depth* of) {
            Into& to = *static_cast<Into*>(user);
            if (string_of(name) == to.name) to.depth = *of;
        };
        std::string why;
        require(table_.list(text_of(url_), keep, &into, keep_text, &why) == FLOWRUN_OK, "list: " + why);
        return depth;
    }
    bool settled_well() {
        const std::scoped_lock lock(mutex_);
        for (const auto& [lease, status] : settled_) {
            if (status != FLOWRUN_OK) return false;
        }
        return true;
    }

    std::uint64_t lost() {
        const std::scoped_lock lock(mutex_);
        return lost_;
    }
    std::string broken() {
        const std::scoped_lock lock(mutex_);
        return broken_;
    }
    // What an operator was told.
    std::vector<std::string> notices() {
        const std::scoped_lock lock(mutex_);
        return notices_;
    }
    // Something may have changed.
    void wait_a_moment() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(5));
    }

    // How often it was told that there is nothing.
    std::uint64_t idle() {
        const std::scoped_lock lock(mutex_);
        return idle_;
    }
    void wait_until_idle(std::uint64_t times) {
        wait("a word that there is nothing", [&] { return idle_ >= times; });
    }
    // How many were put in, and taken out, by hand.
    std::uint64_t added() {
        const std::scoped_lock lock(mutex_);
        return added_;
    }
    std::uint64_t removed() {
        const std::scoped_lock lock(mutex_);
        return removed_;
    }

private:
    bool objects() const { return (table_.can & FLOWRUN_QUEUE_OBJECTS) != 0; }
    void changed_by_hand(std::uint64_t added, std::uint64_t removed) {
        const std::scoped_lock lock(mutex_);
        added_ += added;
        removed_ += removed;
        changed_.notify_all();
    }
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
            [](void* user, std::uint64_t messages, flowrun_text) {
                Queue& of = *static_cast<Queue*>(user);
                const std::scoped_lock lock(of.mutex_);
                of.lost_ += messages;
                of.changed_.notify_all();
            },
            [](void* user, std::uint64_t messages) { static_cast<Queue*>(user)->changed_by_hand(messages, 0); },
            [](void* user, std::uint64_t messages) { static_cast<Queue*>(user)->changed_by_hand(0, messages); },
            [](void* user, std::int32_t, flowrun_text text) {
                Queue& of = *static_cast<Queue*>(user);
                const std::scoped_lock lock(of.mutex_);
                of.broken_ = string_of(text);
                of.changed_.notify_all();
            },
            [](void* user) {
                Queue& of = *static_cast<Queue*>(user);
                const std::scoped_lock lock(of.mutex_);
                ++of.idle_;
                of.changed_.notify_all();
            },
            [](void* user, flowrun_text text) {
                Queue& of = *static_cast<Queue*>(user);
                const std::scoped_lock lock(of.mutex_);
                of.notices_.push_back(string_of(text));
                of.changed_.notify_all();
            },
            nullptr};
        return table;
    }

    const flowrun_queue_table& table_;
    const std::string url_, name_;
    flowrun_queue* queue_ = nullptr;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint64_t, std::int32_t> pushed_;
    std::vector<std::pair<std::uint64_t, std::int32_t>> settled_;
    std::uint64_t lost_ = 0, added_ = 0, removed_ = 0, idle_ = 0;
    std::string broken_;
    std::vector<std::string> notices_;
};

// The table of a plugin; nullptr: it has none, and that was said.
inline const flowrun_queue_table* table_of(const char* path) {
    void* const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const auto* plugin =
        handle == nullptr ? nullptr : static_cast<const flowrun_plugin*>(dlsym(handle, "flowrun_plugin_entry"));
    const void* table =
        plugin == nullptr || plugin->extension == nullptr ? nullptr : plugin->extension(FLOWRUN_QUEUE_ID);
    if (table == nullptr)
        std::fprintf(stderr, "%s is no plugin that keeps queues%s%s\n", path, handle == nullptr ? ": " : "",
                     handle == nullptr ? dlerror() : "");
    return static_cast<const flowrun_queue_table*>(table);
}

// The table of flowrun/ext/queue.h: the border that no exception passes.
#include "table.hh"

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "changes.hh"
#include "location.hh"
#include "queue.hh"
#include "store.hh"
#include "trouble.hh"
#include "verbs.hh"

namespace flowrun::sqlite {
namespace {

Queue& queue_of(flowrun_queue* queue) { return *reinterpret_cast<Queue*>(queue); }

void say(flowrun_text_fn why, void* user, std::string_view text) {
    if (why != nullptr) why(user, text_of(text));
}

template <class Body>
auto bounded(flowrun_text_fn why, void* user, Body&& body) noexcept -> decltype(body()) {
    using Answer = decltype(body());
    try {
        return body();
    } catch (const Trouble& trouble) {
        say(why, user, trouble.text);
        return static_cast<Answer>(trouble.status);
    } catch (const std::exception& e) {
        say(why, user, e.what());
        return static_cast<Answer>(FLOWRUN_E_UNAVAILABLE);
    }
}

std::int32_t check(flowrun_text url, flowrun_text_fn why, void* user) {
    return bounded(why, user, [&] {
        static_cast<void>(path_of(view_of(url)));
        return std::int32_t{FLOWRUN_OK};
    });
}

flowrun_queue* open(const flowrun_host* host, const flowrun_queue_spec* spec, const flowrun_queue_listener* listener,
                    void* user, std::int32_t* status, flowrun_text_fn why, void* why_user) {
    flowrun_queue* made = nullptr;
    *status = bounded(why, why_user, [&] {
        auto queue = std::make_unique<Queue>(Store::at(path_of(view_of(spec->url))), *host, *spec, *listener, user);
        made = reinterpret_cast<flowrun_queue*>(queue.release());
        return std::int32_t{FLOWRUN_OK};
    });
    return made;
}

std::int32_t push(flowrun_queue* queue, const flowrun_queue_item* item, std::uint64_t name) {
    const auto status = bounded(nullptr, nullptr, [&] {
        queue_of(queue).push(*item, name);
        return std::int32_t{FLOWRUN_OK};
    });
    return status == FLOWRUN_OK ? FLOWRUN_PENDING : status;
}

std::uint32_t take(flowrun_queue* queue, std::uint32_t most, flowrun_item_fn give, void* user) {
    return queue_of(queue).take(most, give, user);
}

void ack(flowrun_queue* queue, std::uint64_t lease) { queue_of(queue).answer(Operation::Kind::ack, lease, 0, 0, {}); }
void nack(flowrun_queue* queue, std::uint64_t lease, std::int64_t delay, std::uint32_t attempts, flowrun_text error) {
    queue_of(queue).answer(Operation::Kind::nack, lease, delay, attempts, error);
}
void reject(flowrun_queue* queue, std::uint64_t lease, std::uint32_t attempts, flowrun_text error) {
    queue_of(queue).answer(Operation::Kind::reject, lease, 0, attempts, error);
}
void extend(flowrun_queue* queue, std::uint64_t lease, std::int64_t delay, std::uint32_t attempts, flowrun_text error) {
    queue_of(queue).answer(Operation::Kind::extend, lease, delay, attempts, error);
}

void enter(flowrun_queue* queue, std::uint64_t lease) { queue_of(queue).enter(lease); }

std::int32_t depth(flowrun_queue* queue, flowrun_queue_depth* out) {
    queue_of(queue).depth(*out);
    return FLOWRUN_OK;
}

void drain(flowrun_queue* queue) { queue_of(queue).drain(); }

void close(flowrun_queue* queue) { delete &queue_of(queue); }

std::int32_t list(flowrun_text url, void (*give)(void*, flowrun_text, const flowrun_queue_depth*), void* user,
                  flowrun_text_fn why, void* why_user) {
    return bounded(why, why_user, [&] {
        list_queues(path_of(view_of(url)), [&](const std::string& name, const flowrun_queue_depth& depth) {
            give(user, text_of(name), &depth);
        });
        return std::int32_t{FLOWRUN_OK};
    });
}

std::int32_t peek(flowrun_text url, flowrun_text name, std::uint32_t select, std::uint64_t from, std::uint64_t most,
                  flowrun_item_fn give, void* user, flowrun_text_fn why, void* why_user) {
    return bounded(why, why_user, [&] {
        peek_items(path_of(view_of(url)), view_of(name), select == FLOWRUN_SELECT_DEAD, from, most,
                   [&](const Item& item) {
                       const flowrun_queue_item seen = item.seen();
                       give(user, &seen);
                   });
        return std::int32_t{FLOWRUN_OK};
    });
}

std::int64_t replay(flowrun_text url, flowrun_text name, const std::uint64_t* numbers, std::uint64_t count,
                    flowrun_text_fn why, void* why_user) {
    return bounded(why, why_user,
                   [&] { return replay_dead(path_of(view_of(url)), view_of(name), {numbers, numbers + count}); });
}

std::int64_t drop(flowrun_text url, flowrun_text name, std::uint32_t select, const std::uint64_t* numbers,
                  std::uint64_t count, flowrun_text_fn why, void* why_user) {
    return bounded(why, why_user, [&] {
        return drop_items(path_of(view_of(url)), view_of(name), select == FLOWRUN_SELECT_DEAD,
                          {numbers, numbers + count});
    });
}

std::int64_t move(flowrun_text url, flowrun_text name, flowrun_text to, const std::uint64_t* numbers,
                  std::uint64_t count, flowrun_text_fn why, void* why_user) {
    return bounded(why, why_user, [&] {
        return move_items(path_of(view_of(url)), view_of(name), view_of(to), {numbers, numbers + count});
    });
}

std::int64_t put(flowrun_text url, flowrun_text name, const flowrun_queue_item* items, std::uint64_t count,
                 flowrun_text_fn why, void* why_user) {
    return bounded(why, why_user, [&] { return put_items(path_of(view_of(url)), view_of(name), {items, count}); });
}

std::int32_t place(flowrun_text url, flowrun_text_fn give, void* user) {
    return bounded(nullptr, nullptr, [&] {
        say(give, user, "sqlite:" + whole_path(path_of(view_of(url))));
        return std::int32_t{FLOWRUN_OK};
    });
}

std::int32_t audit(flowrun_text url, void (*give)(void*, flowrun_text, const flowrun_queue_audit*), void* user,
                   flowrun_text_fn why, void* why_user) {
    return bounded(why, why_user, [&] {
        audit_queues(path_of(view_of(url)),
                     [&](const std::string& name, const flowrun_queue_audit& of) { give(user, text_of(name), &of); });
        return std::int32_t{FLOWRUN_OK};
    });
}

std::int64_t fsck(flowrun_text url, flowrun_text_fn tell, void* user) {
    return bounded(tell, user, [&] {
        return look_at_all(path_of(view_of(url)), [&](const std::string& text) { say(tell, user, text); });
    });
}

}  // namespace

const flowrun_queue_table queue_table = {
    sizeof(flowrun_queue_table),
    FLOWRUN_QUEUE_FIFO | FLOWRUN_QUEUE_COUNTS | FLOWRUN_QUEUE_PEEKS,
    check,
    open,
    push,
    take,
    ack,
    nack,
    reject,
    extend,
    enter,
    depth,
    drain,
    close,
    list,
    peek,
    replay,
    drop,
    move,
    put,
    place,
    audit,
    fsck,
};

}  // namespace flowrun::sqlite

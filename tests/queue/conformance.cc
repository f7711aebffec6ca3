// queue-conformance PLUGIN.so URL [SCENARIO...]: what every backend of flowrun/ext/queue.h must do. URL names an empty place; each
// scenario uses a queue of its own there. Prints a line a scenario; exit code 0 when all hold. Those that are named are tried; with
// a '-' before their names, all but those.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <span>
#include <thread>

#include "queue.hh"

namespace {

struct Bench {
    const flowrun_queue_table& table;
    std::string url;
    bool can(std::uint32_t what) const { return (table.can & what) == what; }
    // What came, as it should have come: where no order is promised, in that of the alphabet.
    std::string ordered(std::string came) const {
        if (!can(FLOWRUN_QUEUE_FIFO)) std::sort(came.begin(), came.end());
        return came;
    }
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
    const std::size_t first = all[0].id == "id-1" ? 0 : 1;
    const Taken& one = all[first];
    require(one.body == body && (one.format == FLOWRUN_BODY_BYTES || on.can(FLOWRUN_QUEUE_OBJECTS)), "body");
    require(one.id == "id-1" && one.key == "a key" && one.traceparent == trace, "texts");
    require(one.time == 11 && one.accepted == 12 && one.index == 3 && one.total == -1, "numbers");
    require(one.attempts == 0 && one.due == 0 && one.lease != 0, "what the queue itself sets");
    require(all[1 - first].body.empty(), "an empty body");
}

void order_is_that_of_acceptance(const Bench& on) {
    Queue queue(on.table, on.url, "order");
    constexpr std::uint64_t n = 20'000;
    for (std::uint64_t i = 1; i <= n; ++i) require(queue.push(i, std::to_string(i)) >= 0, "push");
    std::uint64_t next = 1;
    std::set<std::string> seen;
    for (const Taken& one : queue.take_all(n)) {
        require(seen.insert(one.body).second, "twice: " + one.body);
        require(!on.can(FLOWRUN_QUEUE_FIFO) || one.body == std::to_string(next),
                "expected " + std::to_string(next) + ", got " + one.body);
        ++next;
        queue.ack(one.lease);
    }
    queue.settled(n);
    require(queue.depth().waiting == 0 && queue.depth().leased == 0, "it is empty then");
    if (on.can(FLOWRUN_QUEUE_BOUNDED)) require(queue.depth().bytes == 0, "and has no byte");
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
    require(on.ordered(order) == "13456", "in their order: " + order);
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
    if (on.can(FLOWRUN_QUEUE_SHARED)) return;
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

// Where others may take it, a message whose time has not come stays where it is.
void a_due_time_is_waited_for(const Bench& on) {
    constexpr std::int64_t moment = std::int64_t{700} * 1'000'000;
    const std::int64_t before = wall();
    {
        Queue queue(on.table, on.url, "due");
        require(queue.hold(1, "a") == FLOWRUN_OK && queue.hold(2, "b") == FLOWRUN_OK, "push");
        const auto all = queue.take_all(2);
        queue.extend(all[0].lease, moment, 3);
        queue.nack(all[1].lease, moment, 2);
        queue.settled(1);
    }
    Queue queue(on.table, on.url, "due");
    std::uint32_t attempts = 0;
    for (const Taken& one : queue.take_all(2)) {
        require(wall() >= before + moment || one.due >= before + moment, "not before it is due");
        require(one.error == R"({"code":"failed"})", "the last error: " + one.error);
        attempts += one.attempts;
        queue.ack(one.lease);
    }
    require(attempts == 5, "attempts");
    queue.settled(2);
}

void a_short_delay_does_not_wait_for_a_long_one(const Bench& on) {
    constexpr std::int64_t second = 1'000'000'000, long_delay = 6 * second, short_delay = second + second / 5;
    Queue queue(on.table, on.url, "delays");
    require(queue.hold(1, "long") == FLOWRUN_OK && queue.hold(2, "short") == FLOWRUN_OK, "push");
    const auto all = queue.take_all(2);
    const std::int64_t before = wall();
    queue.nack(all[0].lease, long_delay, 1);
    queue.nack(all[1].lease, short_delay, 1);
    queue.settled(2);
    std::map<std::string, std::int64_t> times;
    for (int i = 0; i < 2; ++i) {
        const Taken one = queue.take_all(1)[0];
        times[one.body] = std::max(wall(), one.due) - before;
        require(one.attempts == 1, "attempts");
        queue.ack(one.lease);
    }
    require(times["short"] >= short_delay && times["long"] >= long_delay, "none comes before it is due");
    require(times["short"] < times["long"], "the shorter delay ends first");
    queue.settled(4);
}

void the_dead_are_kept_and_can_return(const Bench& on) {
    if (!on.can(FLOWRUN_QUEUE_PEEKS)) return;
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
    if (!on.can(FLOWRUN_QUEUE_BOUNDED)) return;
    Queue queue(on.table, on.url, "bound", 100);
    const std::string forty(40, 'x'), large(500, 'y');
    require(queue.hold(1, forty) == FLOWRUN_OK && queue.hold(2, forty) == FLOWRUN_OK, "two fit");
    require(queue.push(3, forty) == FLOWRUN_PENDING, "the third waits");
    require(queue.push(4, large) == FLOWRUN_PENDING, "and one that is larger than the bound");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    require(!queue.answered(3), "as long as there is no room");
    for (const Taken& one : queue.take_all(2)) queue.ack(one.lease);
    const auto third = queue.take_all(1);
    require(queue.answer(3) == FLOWRUN_OK && !queue.answered(4), "first come, first served");
    queue.ack(third[0].lease);
    const auto fourth = queue.take_all(1);
    require(fourth[0].body == large, "it has the queue for itself");
}

using Orders = std::vector<std::pair<std::string, std::uint64_t>>;

Orders orders_of(const Bench& on, const std::string& queue) {
    Orders all;
    std::string why;
    const auto give = [](void* user, flowrun_text order, std::uint64_t waiting) {
        static_cast<Orders*>(user)->emplace_back(string_of(order), waiting);
    };
    require(on.table.orders(text_of(on.url), text_of(queue), give, &all, keep_text, &why) >= 0, "orders: " + why);
    return all;
}

void what_waits_is_known_by_the_order_of_its_opener(const Bench& on) {
    if (on.table.orders == nullptr) return;
    const auto put_in = [&](const std::string& order, std::uint64_t first, std::uint64_t n) {
        Queue queue(on.table, on.url, "orders", 0, 0, 0, order);
        for (std::uint64_t i = 0; i < n; ++i) require(queue.hold(first + i, "x") == FLOWRUN_OK, "push");
        return orders_of(on, "orders");  // beside the one that has it open
    };
    const auto take_out = [&](const std::string& order, std::uint64_t n) {
        Queue queue(on.table, on.url, "orders", 0, 0, 0, order);
        for (const Taken& one : queue.take_all(n)) queue.ack(one.lease);
        queue.settled(n);
    };
    put_in("old", 1, 3);
    require(orders_of(on, "orders") == Orders{{"old", 3}}, "one order");
    require(put_in("new", 4, 2) == Orders{{"old", 3}, {"new", 2}}, "two orders");
    put_in("", 6, 1);
    put_in("new", 7, 1);
    require(orders_of(on, "orders") == Orders{{"old", 3}, {"new", 2}, {"new", 1}}, "one that says nothing between");
    take_out("new", 4);
    require(orders_of(on, "orders") == Orders{{"new", 1}, {"new", 1}}, "what is gone is not counted");
    take_out("", 3);
    require(orders_of(on, "orders").empty(), "an empty queue has none");
    put_in("last", 8, 1);
    require(orders_of(on, "orders") == Orders{{"last", 1}}, "a queue that was emptied begins anew");
    require(orders_of(on, "no such queue").empty(), "a queue that is not there has none");
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

// A gigabyte and more, of which no byte is looked at by who knows its own bound.
void one_that_is_too_large_is_refused_alone(const Bench& on) {
    constexpr std::size_t size = std::size_t{1100} << 20;
    void* const pages = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require(pages != MAP_FAILED, "mmap");
    Queue queue(on.table, on.url, "large");
    const auto large = [&](flowrun_queue_item& item) { item.body = {static_cast<const char*>(pages), size}; };
    require(queue.push(1, "before ") >= 0, "push");
    require(queue.hold(2, "", large) == FLOWRUN_E_INVALID, "it is said to be too large: trying again is useless");
    require(queue.hold(3, "after") == FLOWRUN_OK, "push");
    munmap(pages, size);
    std::string bodies;
    for (const Taken& one : queue.take_all(2)) bodies += one.body;
    require(on.ordered(bodies) == on.ordered("before after") && queue.broken().empty(), "the others go on: " + bodies);
}

std::vector<Taken> looked_at(const Bench& on, const std::string& name, std::uint32_t select,
                             std::uint64_t most = 1000) {
    std::vector<Taken> all;
    std::string why;
    const auto keep = [](void* user, const flowrun_queue_item* item) {
        static_cast<std::vector<Taken>*>(user)->push_back(taken_of(*item));
    };
    require(on.table.peek(text_of(on.url), text_of(name), select, 0, most, keep, &all, keep_text, &why) >= 0,
            "peek: " + why);
    return all;
}

// By hand, of queues that this very process has open: six messages, of which one is out.
void changes_by_hand_reach_an_open_queue(const Bench& on) {
    if (on.can(FLOWRUN_QUEUE_SHARED) || !on.can(FLOWRUN_QUEUE_PEEKS)) return;
    std::string why;
    Queue queue(on.table, on.url, "by hand"), other(on.table, on.url, "by hand too");
    for (std::uint64_t i = 1; i <= 6; ++i) queue.hold(i, std::to_string(i));
    const Taken out = queue.take_all(1)[0];
    std::vector<std::uint64_t> numbers;
    for (const Taken& one : looked_at(on, "by hand", FLOWRUN_SELECT_WAITING)) numbers.push_back(one.number);
    require(numbers.size() == 6, "peek shows what is out as well");

    const std::uint64_t dropped[] = {numbers[0], numbers[1]};
    require(
        on.table.drop(text_of(on.url), text_of("by hand"), FLOWRUN_SELECT_WAITING, dropped, 2, keep_text, &why) == 1,
        "what is out is not dropped" + why);
    require(queue.removed() == 1 && queue.depth().waiting == 4, "the queue is told of a drop");
    const std::uint64_t moved[] = {numbers[2]};
    require(on.table.move(text_of(on.url), text_of("by hand"), text_of("by hand too"), moved, 1, keep_text, &why) == 1,
            "move: " + why);
    require(queue.removed() == 2 && other.added() == 1, "both are told of a move");
    require(other.take_all(1)[0].body == "3", "what was moved is given out");

    queue.reject(out.lease);
    queue.settled(1);
    const auto dead = looked_at(on, "by hand", FLOWRUN_SELECT_DEAD);
    require(dead.size() == 1, "dead letters");
    require(on.table.replay(text_of(on.url), text_of("by hand"), &dead[0].number, 1, keep_text, &why) == 1,
            "replay: " + why);
    require(queue.added() == 1, "the queue is told of a replay");

    flowrun_queue_item item{};
    item.size = sizeof item;
    item.id = text_of("put");
    item.body = text_of("7");
    item.attempts = 2;
    require(on.table.put(text_of(on.url), text_of("by hand"), &item, 1, keep_text, &why) == 1, "put: " + why);
    require(queue.added() == 2 && queue.depth().dead == 0, "the queue is told of a put");
    const auto all = queue.take_all(5);
    std::string bodies;
    for (const Taken& one : all) {
        bodies += one.body;
        queue.ack(one.lease);
    }
    require(bodies == "45617", "what is left, and then what came by hand: " + bodies);
    require(all[4].id == "put" && all[4].attempts == 2, "as it was put");
    queue.settled(6);
    require(queue.depth().waiting == 0 && queue.depth().bytes == 0, "depth");
}

// Of a queue that is shared nobody is told; what is out is left alone as well.
void changes_by_hand_leave_what_is_out(const Bench& on) {
    if (!on.can(FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_PEEKS) || on.can(FLOWRUN_QUEUE_ALONE)) return;
    std::string why;
    Queue queue(on.table, on.url, "hand");
    constexpr std::uint64_t n = 4'000;  // more than are fetched ahead
    for (std::uint64_t i = 1; i <= n; ++i) require(queue.push(i, std::to_string(i)) >= 0, "push");
    require(queue.answer(n) == FLOWRUN_OK, "push");
    const Taken out = queue.take_all(1)[0];
    std::vector<std::uint64_t> numbers;
    for (const Taken& one : looked_at(on, "hand", FLOWRUN_SELECT_WAITING, n)) numbers.push_back(one.number);
    require(numbers.size() == n, "peek shows what is out as well");
    const std::uint64_t all[] = {numbers[0], numbers[n - 1]};
    require(on.table.drop(text_of(on.url), text_of("hand"), FLOWRUN_SELECT_WAITING, all, 2, keep_text, &why) == 1,
            "what is out is not dropped " + why);
    const std::uint64_t second[] = {numbers[n - 2]};
    require(on.table.move(text_of(on.url), text_of("hand"), text_of("hand too"), second, 1, keep_text, &why) == 1,
            "move: " + why);
    flowrun_queue_item item{};
    item.size = sizeof item;
    item.id = text_of("put");
    item.body = text_of("7");
    item.attempts = 2;
    require(on.table.put(text_of(on.url), text_of("hand"), &item, 1, keep_text, &why) == 1, "put: " + why);
    const auto rest = queue.take_all(n - 2);
    require(rest[n - 4].body == std::to_string(n - 2), "what is left: " + rest[n - 4].body);
    require(rest[n - 3].body == "7" && rest[n - 3].id == "put" && rest[n - 3].attempts == 2, "what was put");
    Queue other(on.table, on.url, "hand too");
    require(other.take_all(1)[0].body == std::to_string(n - 1), "what was moved");
    queue.ack(out.lease);
    for (const Taken& one : rest) queue.ack(one.lease);
    queue.settled(n - 1);
    require(queue.settled_well() && queue.depth().waiting == 0, "depth");
}

void several_share_a_queue(const Bench& on) {
    if (!on.can(FLOWRUN_QUEUE_SHARED)) return;
    constexpr std::uint64_t n = 3'000;
    Queue one(on.table, on.url, "shared"), other(on.table, on.url, "shared");
    for (std::uint64_t i = 1; i <= n; ++i) {
        require(one.push(i, std::to_string(i), [](flowrun_queue_item& item) { item.origin = text_of("me"); }) >= 0,
                "push");
    }
    std::set<std::string> seen;
    std::size_t from_one = 0, from_other = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (seen.size() < n) {
        require(std::chrono::steady_clock::now() < end, "only " + std::to_string(seen.size()) + " came");
        const auto work = [&](Queue& queue, std::size_t& count) {
            for (const Taken& item : queue.take(16)) {
                require(item.origin == "me" && (item.flags & FLOWRUN_ITEM_AGAIN) == 0, "whose it is");
                require(seen.insert(item.body).second, "twice: " + item.body);
                queue.ack(item.lease);
                ++count;
            }
        };
        work(one, from_one);
        work(other, from_other);
        one.wait_a_moment();
    }
    one.settled(from_one);
    other.settled(from_other);
    require(one.settled_well() && other.settled_well(), "all is acked");
    require(from_one != 0 && from_other != 0, "both have some");
    require(one.depth().waiting + one.depth().leased == 0, "nothing is left");
}

void it_is_empty_when_nobody_has_anything(const Bench& on) {
    if (!on.can(FLOWRUN_QUEUE_SHARED)) return;
    Queue other(on.table, on.url, "idle");
    require(other.hold(1, "a") == FLOWRUN_OK, "push");
    const auto theirs = other.take_all(1);
    Queue queue(on.table, on.url, "idle", 0, 0, FLOWRUN_QUEUE_UNTIL_EMPTY);
    require(queue.take(1).empty(), "nothing is left for it");
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    while (std::chrono::steady_clock::now() < end) queue.wait_a_moment();
    require(queue.idle() == 0, "it is not empty as long as another has something of it");
    other.ack(theirs[0].lease);
    other.settled(1);
    queue.wait_until_idle(2);
}

// What each is told; of a key nothing is out twice, nothing overtakes, and no key waits for another.
void of_a_key_one_is_out_at_a_time(const Bench& on) {
    if (!on.can(FLOWRUN_QUEUE_SHARED | FLOWRUN_QUEUE_KEYS)) return;
    // Some servers keep keys apart only in a queue of such a name.
    constexpr std::uint64_t n = 600, keys = 7;
    Queue one(on.table, on.url, "keys.fifo", 0, 0, FLOWRUN_QUEUE_BY_KEY);
    Queue other(on.table, on.url, "keys.fifo", 0, 0, FLOWRUN_QUEUE_BY_KEY);
    for (std::uint64_t i = 1; i <= n; ++i) {
        // Most have the key 0, so that they are in the way of all others; every tenth has none.
        const std::string key = i % 10 == 0 ? "" : std::to_string(i % 3 == 0 ? i % keys : 0);
        require(one.push(i, std::to_string(i), [&](flowrun_queue_item& item) { item.key = text_of(key); }) >= 0,
                "push");
    }
    require(one.answer(n) == FLOWRUN_OK, "push");
    struct Out {
        Queue* by;
        Taken what;
    };
    std::map<std::string, Out> out;
    std::map<std::string, std::uint64_t> last;
    std::size_t done = 0, round = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (done < n) {
        require(std::chrono::steady_clock::now() < end, "only " + std::to_string(done) + " came");
        for (Queue* queue : {&one, &other}) {
            for (Taken& item : queue->take(16)) {
                const std::string key = item.key;
                if (key.empty()) {
                    queue->ack(item.lease);
                    ++done;
                    continue;
                }
                require(!out.contains(key), "two with the key " + key + " are out at a time");
                const std::uint64_t number = std::stoull(item.body);
                require(number > last[key], item.body + " comes after " + std::to_string(last[key]));
                out.emplace(key, Out{queue, std::move(item)});
            }
        }
        // Every third time it is given back, and its key waits for it.
        for (auto& [key, held] : std::exchange(out, {})) {
            if (++round % 3 == 0) {
                held.by->nack(held.what.lease, round % 2 == 0 ? 0 : 3'000'000, held.what.attempts + 1);
                continue;
            }
            last[key] = std::stoull(held.what.body);
            held.by->ack(held.what.lease);
            ++done;
        }
        one.wait_a_moment();
    }
    one.close();
    other.close();
    Queue rest(on.table, on.url, "keys.fifo", 0, 0, FLOWRUN_QUEUE_BY_KEY);
    require(rest.depth().waiting + rest.depth().leased == 0, "nothing is left");
}

// The other process: it takes all there is, and dies.
[[noreturn]] void take_and_die(const Bench& on) {
    try {
        auto& queue = *new Queue(on.table, on.url, "heir", 0, std::int64_t{1'000'000'000});
        queue.take_all(2);
    } catch (const Failed&) { std::_Exit(1); }
    std::_Exit(0);
}

void what_a_dead_process_had_comes_to_another(const Bench& on) {
    if (!on.can(FLOWRUN_QUEUE_SHARED)) return;
    {
        Queue queue(on.table, on.url, "heir");
        require(queue.hold(1, "a") == FLOWRUN_OK && queue.hold(2, "b") == FLOWRUN_OK, "push");
    }
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) take_and_die(on);
    int status = 0;
    require(waitpid(child, &status, 0) == child && status == 0, "the process that was to die could not do its part");
    Queue queue(on.table, on.url, "heir", 0, std::int64_t{1'000'000'000});
    const auto all = queue.take_all(2);
    require(on.ordered(all[0].body + all[1].body) == "ab", "in their order");
    for (const Taken& one : all) {
        require((one.flags & FLOWRUN_ITEM_AGAIN) != 0, "and known to come again");
        queue.ack(one.lease);
    }
    queue.settled(2);
    require(queue.settled_well(), "they are acked");
}

// Longer than its lease, which is kept up.
void who_lives_keeps_what_he_has(const Bench& on) {
    if (!on.can(FLOWRUN_QUEUE_SHARED)) return;
    Queue queue(on.table, on.url, "kept", 0, std::int64_t{1'000'000'000});
    require(queue.hold(1, "a") == FLOWRUN_OK, "push");
    const auto mine = queue.take_all(1);
    Queue other(on.table, on.url, "kept", 0, std::int64_t{1'000'000'000});
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2500);
    while (std::chrono::steady_clock::now() < end) {
        require(other.take(1).empty(), "nobody else is given it");
        other.wait_a_moment();
    }
    queue.ack(mine[0].lease);
    queue.settled(1);
    require(queue.settled_well(), "its lease held");
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

bool is_wanted(std::string_view scenario, std::span<char* const> named) {
    if (named.empty()) return true;
    const bool without = named.front()[0] == '-';
    return without != std::any_of(named.begin(), named.end(),
                                  [&](std::string_view name) { return name.substr(without ? 1 : 0) == scenario; });
}

int all(const Bench& on, std::span<char* const> named) {
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
        {"a due time is waited for", a_due_time_is_waited_for},
        {"a short delay does not wait for a long one", a_short_delay_does_not_wait_for_a_long_one},
        {"the dead are kept and can return", the_dead_are_kept_and_can_return},
        {"a bound on bytes holds pushes back", a_bound_on_bytes_holds_pushes_back},
        {"what waits is known by the order of its opener", what_waits_is_known_by_the_order_of_its_opener},
        {"many threads lose nothing", many_threads_lose_nothing},
        {"what was in a handler is known", what_was_in_a_handler_is_known},
        {"changes by hand reach an open queue", changes_by_hand_reach_an_open_queue},
        {"changes by hand leave what is out", changes_by_hand_leave_what_is_out},
        {"several share a queue", several_share_a_queue},
        {"it is empty when nobody has anything", it_is_empty_when_nobody_has_anything},
        {"of a key one is out at a time", of_a_key_one_is_out_at_a_time},
        {"what a dead process had comes to another", what_a_dead_process_had_comes_to_another},
        {"who lives keeps what he has", who_lives_keeps_what_he_has},
        {"queues of one place do not mix", queues_of_one_place_do_not_mix},
        {"one that is too large is refused alone", one_that_is_too_large_is_refused_alone},
    };
    int failed = 0;
    for (const Scenario& scenario : scenarios) {
        if (!is_wanted(scenario.name, named)) continue;
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
    if (argc < 3) {
        std::fprintf(stderr, "usage: queue-conformance PLUGIN.so URL [[-]SCENARIO...]\n");
        return 64;
    }
    const flowrun_queue_table* const table = table_of(argv[1]);
    if (table == nullptr) return 69;
    return all({*table, argv[2]}, {argv + 3, static_cast<std::size_t>(argc - 3)});
}

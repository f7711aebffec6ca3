#include "delivery.hh"

#include <string>
#include <vector>

#include "sum.hh"

namespace flowrun::sqlite {
namespace {

struct Order {
    std::int64_t after = 0;
    std::string words;
    bool damaged = false;
    std::int64_t through = last_place;
};

std::int64_t sum_of(std::int64_t queue, std::int64_t after, std::string_view words) {
    Sum sum;
    sum.add(queue);
    sum.add(after);
    sum.add(words);
    return sum.value();
}

std::vector<Order> kept_of(Database& database, std::int64_t queue) {
    std::vector<Order> all;
    Statement rows(database, "SELECT after, words, sum FROM delivery WHERE queue = ?1 ORDER BY after");
    for (rows.bind(1, queue); rows.step();) {
        if (!all.empty()) all.back().through = rows.number(0);
        Order& order = all.emplace_back(Order{rows.number(0), std::string(rows.bytes(1))});
        order.damaged = rows.number(2) != sum_of(queue, order.after, order.words);
    }
    return all;
}

// The first column of the first row of `what`, of the messages that were put in under it; 0: there is none.
std::int64_t of_its_messages(Database& database, std::int64_t queue, const Order& order, const std::string& what) {
    Statement row(database,
                  "SELECT " + what + " FROM " + message_table(queue) + " WHERE seq > ?1 AND seq <= ?2 LIMIT 1");
    row.bind(1, order.after).bind(2, order.through);
    return row.step() ? row.number(0) : 0;
}

}  // namespace

void forget_orders(Database& database, std::int64_t queue) {
    Statement(database, "DELETE FROM delivery WHERE queue = ?1").bind(1, queue).run();
}

void note_order(Database& database, const NamedQueue& queue, std::string_view words) {
    const std::vector<Order> all = kept_of(database, queue.number);
    if (all.size() == 1 && !all[0].damaged && all[0].words == words) return;
    forget_orders(database, queue.number);
    Statement insert(database, "INSERT INTO delivery VALUES(?1, ?2, ?3, ?4)");
    const auto keep = [&](std::int64_t after, std::string_view said) {
        insert.bind(1, queue.number).bind(2, after).bind(3, said).bind(4, sum_of(queue.number, after, said)).run();
    };
    bool goes_on = false;
    for (const Order& order : all) {
        goes_on = of_its_messages(database, queue.number, order, "1") != 0;
        if (goes_on) keep(order.after, order.damaged ? std::string_view() : order.words);
    }
    const std::string last = "SELECT coalesce(max(seq), 0) FROM " + message_table(queue.number) + " WHERE seq < " +
                             std::to_string(last_place);
    goes_on = goes_on && !all.back().damaged && all.back().words == words;
    if (!goes_on) keep(database.number(last.c_str()), words);
}

// Of the newest nothing is counted, which may be most of what waits.
void orders_of(Database& database, const NamedQueue& queue,
               const std::function<void(std::string_view words, std::uint64_t waiting)>& give) {
    const std::int64_t held = queue.counts_fit ? queue.counts.held : count_all(database, queue.number).held;
    std::int64_t older = 0;
    for (const Order& order : kept_of(database, queue.number)) {
        const bool newest = order.through == last_place;
        const std::int64_t waiting = newest ? held - older : of_its_messages(database, queue.number, order, "count(*)");
        older += waiting;
        if (waiting > 0 && !order.words.empty() && !order.damaged)
            give(order.words, static_cast<std::uint64_t>(waiting));
    }
}

std::int64_t damaged_orders(Database& database) {
    std::int64_t damaged = 0;
    for (const NamedQueue& queue : queues_of(database)) {
        for (const Order& order : kept_of(database, queue.number)) damaged += order.damaged ? 1 : 0;
    }
    return damaged;
}

}  // namespace flowrun::sqlite

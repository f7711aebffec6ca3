#include "verbs.hh"

#include <flowrun/component_table.h>

#include "database.hh"
#include "delivery.hh"
#include "layout.hh"
#include "location.hh"

namespace flowrun::sqlite {
namespace {

// By what is kept of it: nothing is counted, however much there is.
flowrun_queue_depth depth_of(Database& database, const NamedQueue& queue) {
    const Counts counts = queue.counts_fit ? queue.counts : count_all(database, queue.number);
    const std::string messages = message_table(queue.number);
    flowrun_queue_depth depth{};
    depth.size = sizeof depth;
    depth.waiting = static_cast<std::uint64_t>(counts.held);
    depth.dead = static_cast<std::uint64_t>(counts.dead);
    depth.bytes = static_cast<std::uint64_t>(counts.bytes + counts.dead_bytes);
    Statement oldest(database, selection(messages, "ORDER BY seq LIMIT 1"));
    if (oldest.step()) depth.oldest = Item::even_damaged(oldest).seen().accepted;
    Statement later(database,
                    "SELECT count(*) FROM " + messages +
                        " WHERE due <> 0 AND due > CAST((julianday('now') - 2440587.5) * 86400e9 AS INTEGER)");
    if (later.step()) depth.later = static_cast<std::uint64_t>(later.number(0));
    return depth;
}

}  // namespace

void list_queues(const std::string& path,
                 const std::function<void(const std::string& name, const flowrun_queue_depth& depth)>& give) {
    must_exist(path);
    Database database(path, Database::Access::read);
    check_layout(database);
    for (const NamedQueue& queue : queues_of(database)) give(queue.name, depth_of(database, queue));
}

// A page at a time: a reader that stays keeps the log of writes from being taken back.
void peek_items(const std::string& path, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                const std::function<void(const Item&)>& give) {
    constexpr std::uint64_t page = 256;
    must_exist(path);
    Database database(path, Database::Access::read);
    check_layout(database);
    const std::int64_t number = existing(database, name).number;
    Statement rows(database, selection(dead ? dead_table(number) : message_table(number),
                                       "WHERE seq >= ?1 ORDER BY seq LIMIT ?2"));
    for (std::uint64_t left = most; left != 0;) {
        const std::uint64_t wanted = left < page ? left : page;
        std::vector<Item> items;
        for (rows.bind(1, static_cast<std::int64_t>(from)).bind(2, static_cast<std::int64_t>(wanted)); rows.step();) {
            items.push_back(Item::even_damaged(rows));
        }
        rows.reset();
        for (const Item& item : items) give(item);
        if (items.size() < wanted) return;
        left -= items.size();
        from = static_cast<std::uint64_t>(items.back().seq) + 1;
    }
}

void audit_queues(const std::string& path,
                  const std::function<void(const std::string& name, const flowrun_queue_audit& audit)>& give) {
    must_exist(path);
    Database database(path, Database::Access::read);
    check_layout(database);
    const auto number = [](std::int64_t n) { return n < 0 ? 0 : static_cast<std::uint64_t>(n); };
    database.run("BEGIN");  // a run that writes meanwhile does not come in between
    for (const NamedQueue& queue : queues_of(database)) {
        const Counts there = count_all(database, queue.number), &kept = queue.counts;
        flowrun_queue_audit audit{};
        audit.size = sizeof audit;
        audit.pushed = number(kept.pushed);
        audit.put = number(kept.put);
        audit.acked = number(kept.acked);
        audit.buried = number(kept.buried);
        audit.taken = number(kept.taken);
        audit.lost = number(kept.lost);
        audit.waiting = number(there.held);
        audit.dead = number(there.dead);
        audit.dead_taken = number(kept.dead_taken);
        give(queue.name, audit);
    }
}

void orders_in(const std::string& path, std::string_view name,
               const std::function<void(std::string_view order, std::uint64_t waiting)>& give) {
    must_exist(path);
    Database database(path, Database::Access::read);
    check_layout(database);
    database.run("BEGIN");  // a run that writes meanwhile does not come in between
    if (const NamedQueue queue = queue_of(database, name); queue.number != 0) orders_of(database, queue, give);
}

std::int64_t look_at_all(const std::string& path, const std::function<void(const std::string&)>& say) {
    must_exist(path);
    Database database(path, Database::Access::read);
    check_layout(database);
    std::int64_t wrong = 0;
    const auto tell = [&](const std::string& text) {
        ++wrong;
        say(text);
    };
    Statement integrity(database, "PRAGMA integrity_check(100)");
    while (integrity.step()) {
        if (integrity.bytes(0) != "ok") tell(std::string(integrity.bytes(0)));
    }
    if (const std::int64_t damaged = damaged_orders(database); damaged != 0) {
        tell("under which order messages were put in is damaged: " + std::to_string(damaged) +
             " of what was said of it");
    }
    for (const NamedQueue& queue : queues_of(database)) {
        const Counts there = count_all(database, queue.number), &kept = queue.counts;
        if (!queue.counts_fit) {
            tell(queue.name + ": what it says that it holds is damaged: it is counted anew when it is opened");
        } else if (kept.held != there.held) {
            tell(queue.name + ": " + std::to_string(there.held) + " messages are there, of " +
                 std::to_string(kept.held));
        } else if (kept.dead != there.dead) {
            tell(queue.name + ": " + std::to_string(there.dead) + " dead are there, of " + std::to_string(kept.dead));
        }
        for (const std::string& table : {message_table(queue.number), dead_table(queue.number)}) {
            Statement rows(database, selection(table, "ORDER BY seq"));
            while (rows.step()) {
                try {
                    static_cast<void>(Item::of(rows));
                } catch (const Trouble& trouble) { tell(queue.name + ": " + trouble.text); }
            }
        }
    }
    return wrong;
}

}  // namespace flowrun::sqlite

#include "rows.hh"

#include <flowrun/component_table.h>

#include <algorithm>
#include <string>

namespace flowrun::sqlite {
namespace {

// So many rows a statement cost less than half as much as one each.
constexpr std::size_t rows_at_once = 32;

std::string insertion(const std::string& table, std::size_t rows) {
    std::string sql = "INSERT INTO " + table + "(" + item_columns + ") VALUES(?,?,?)";
    while (--rows != 0) sql += ",(?,?,?)";
    return sql;
}

std::int64_t last_of(Database& database, const std::string& table) {
    const std::string sql = "SELECT coalesce(max(seq), 0) FROM " + table + " WHERE seq < " + std::to_string(last_place);
    return std::max<std::int64_t>(database.number(sql.c_str()), 0);
}

}  // namespace

Rows::Rows(Database& database, const NamedQueue& queue)
    : keeper_(database, queue.number), insert_(database, insertion(message_table(queue.number), 1)),
      insert_many_(database, insertion(message_table(queue.number), rows_at_once)),
      remove_(database, "DELETE FROM " + message_table(queue.number) + " WHERE seq BETWEEN ?1 AND ?2"),
      update_(database, "UPDATE " + message_table(queue.number) + " SET due = ?2, item = ?3 WHERE seq = ?1"),
      row_(database, selection(message_table(queue.number), "WHERE seq = ?1")),
      rows_(database, selection(message_table(queue.number), "WHERE seq > ?1 AND seq < ?2 ORDER BY seq LIMIT ?3")),
      bury_(database, insertion(dead_table(queue.number), 1)),
      // It may hold anything.
      bury_damaged_(database, "INSERT INTO " + dead_table(queue.number) + "(" + item_columns +
                                  ") SELECT ?2, coalesce(due, 0), coalesce(item, x'') FROM " +
                                  message_table(queue.number) + " WHERE seq = ?1"),
      counts_(queue.counts_fit ? queue.counts : count_all(database, queue.number)),
      last_(last_of(database, message_table(queue.number))), last_dead_(last_of(database, dead_table(queue.number))) {}

void Rows::end() {
    if (next_.held <= 0) next_.held = next_.bytes = 0;
    if (next_ != counts_) keeper_.keep(next_);
}

void Rows::add(std::span<Operation* const> pushes) {
    while (!pushes.empty()) {
        const std::size_t n = pushes.size() < rows_at_once ? 1 : rows_at_once;
        Statement& insert = n == 1 ? insert_ : insert_many_;
        int parameter = 1;
        for (Operation* push : pushes.first(n)) {
            push->item.seq = ++last_;
            push->item.bind(insert, parameter);
            parameter += 3;
            next_.bytes += static_cast<std::int64_t>(push->item.bytes);
        }
        insert.run();
        next_.held += static_cast<std::int64_t>(n);
        next_.pushed += static_cast<std::int64_t>(n);
        pushes = pushes.subspan(n);
    }
}

void Rows::take_out(std::int64_t bytes, std::int64_t messages) {
    next_.held = std::max<std::int64_t>(next_.held - messages, 0);
    next_.bytes = std::max<std::int64_t>(next_.bytes - bytes, 0);
}

void Rows::remove(std::vector<std::int64_t>& places, std::uint64_t bytes) {
    std::sort(places.begin(), places.end());
    for (std::size_t at = 0; at < places.size();) {
        const std::size_t first = at++;
        while (at < places.size() && places[at] == places[at - 1] + 1) ++at;
        remove_.bind(1, places[first]).bind(2, places[at - 1]).run();
    }
    take_out(static_cast<std::int64_t>(bytes), static_cast<std::int64_t>(places.size()));
    next_.acked += static_cast<std::int64_t>(places.size());
}

Item Rows::whole(std::int64_t seq) {
    row_.reset();  // where the last one was damaged it has not been
    if (!row_.bind(1, seq).step()) {
        throw Trouble{FLOWRUN_E_INVALID, "message " + std::to_string(seq) + " is not in the store any more"};
    }
    Item item = Item::of(row_);
    row_.reset();
    return item;
}

void Rows::tried(Item& item, std::uint32_t attempts, std::string_view error) {
    const Item before = whole(item.seq);
    item = before.with(before.seq, item.due, attempts, error.empty() ? view_of(before.seen().error) : error);
    item.bind(update_, 1);
    update_.run();
}

void Rows::count_attempt(std::int64_t seq) {
    const std::optional<Item> before = find(seq);
    if (!before) return;
    const flowrun_queue_item seen = before->seen();
    Item item = before->with(seq, before->due, seen.attempts + 1, view_of(seen.error));
    item.bind(update_, 1);
    update_.run();
}

std::optional<Item> Rows::find(std::int64_t seq) {
    try {
        return whole(seq);
    } catch (const Trouble&) { return std::nullopt; }
}

void Rows::bury(const Item& item, std::int64_t now, std::uint32_t attempts, std::string_view error) {
    const Item before = whole(item.seq);
    Item dead = before.with(++last_dead_, now, attempts, error);
    dead.bind(bury_, 1);
    bury_.run();
    remove_.bind(1, item.seq).bind(2, item.seq).run();
    take_out(static_cast<std::int64_t>(before.bytes), 1);
    ++next_.dead;
    ++next_.buried;
    next_.dead_bytes += static_cast<std::int64_t>(before.bytes);
}

void Rows::bury_damaged(std::int64_t seq) {
    bury_damaged_.bind(1, seq).bind(2, ++last_dead_).run();
    remove_.bind(1, seq).bind(2, seq).run();
    take_out(0, 1);
    ++next_.dead;
    ++next_.buried;
}

Statement& Rows::after(std::int64_t seq, std::int64_t most) {
    rows_.reset();
    rows_.bind(1, seq).bind(2, last_place).bind(3, most);
    return rows_;
}

}  // namespace flowrun::sqlite

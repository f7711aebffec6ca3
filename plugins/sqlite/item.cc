#include "item.hh"

#include <flowrun/component_table.h>

namespace flowrun::sqlite {

Item Item::of(const flowrun_queue_item& from) {
    Item item;
    item.due = from.due;
    item.bytes = from.body.size;
    item.record = write_record(from);
    item.sum = sum_of(item.record);
    return item;
}

Item Item::of(const Statement& row) {
    Item item;
    item.seq = row.number(0);
    item.due = row.number(1);
    const std::string_view record = row.bytes(2);
    flowrun_queue_item seen{};
    if (!sum_fits(record, item.seq, item.due) || !read_record(record, seen)) {
        throw Trouble{FLOWRUN_E_INVALID, "message " + std::to_string(item.seq) + " is damaged: its sum does not fit"};
    }
    item.record = record;
    item.bytes = seen.body.size;
    return item;
}

void Item::bind(Statement& into, int first) {
    put_sum(record, sum, seq, due);
    into.bind(first, seq).bind(first + 1, due).bind_bytes(first + 2, record);
}

flowrun_queue_item Item::seen() const {
    flowrun_queue_item to{};
    static_cast<void>(read_record(record, to));  // it was looked at when it was made
    to.size = sizeof to;
    to.number = static_cast<std::uint64_t>(seq);
    to.due = due;
    return to;
}

Item Item::with(std::int64_t new_seq, std::int64_t new_due, std::uint32_t attempts, std::string_view error) const {
    flowrun_queue_item changed = seen();
    changed.due = new_due;
    changed.attempts = attempts;
    changed.error = text_of(error);
    Item made = of(changed);
    made.seq = new_seq;
    return made;
}

Item Item::even_damaged(const Statement& row) {
    constexpr std::uint32_t damaged = 0xFFFF;  // no FLOWRUN_BODY_…
    try {
        return of(row);
    } catch (const Trouble&) {
        flowrun_queue_item seen{}, shown{};
        if (read_record(row.bytes(2), seen)) shown.id = seen.id;
        shown.format = damaged;
        shown.error = text_of(damaged_error);
        Item item = of(shown);
        item.seq = row.number(0);
        return item;
    }
}

}  // namespace flowrun::sqlite

#include "item.hh"

#include "sum.hh"

namespace flowrun::sqlite {
namespace {

std::int64_t sum_of(std::string_view id, std::string_view key, std::string_view body, std::uint32_t format) {
    Sum sum;
    sum.add(id);
    sum.add(key);
    sum.add(body);
    return sum.value() ^ format;
}

constexpr std::uint32_t damaged = 0xFFFF;  // no FLOWRUN_BODY_…

}  // namespace

Item Item::of(const flowrun_queue_item& from) {
    Item item;
    item.id = view_of(from.id);
    item.key = view_of(from.key);
    item.body = view_of(from.body);
    item.traceparent = view_of(from.traceparent);
    item.format = from.format;
    item.attempts = from.attempts;
    item.time = from.time;
    item.accepted = from.accepted;
    item.due = from.due;
    item.place = from.index;
    item.total = from.total;
    item.error = view_of(from.error);
    return item;
}

Item Item::of(const Statement& row) {
    Item item;
    item.seq = row.number(0);
    item.id = row.bytes(1);
    item.key = row.bytes(2);
    item.body = row.bytes(3);
    item.format = static_cast<std::uint32_t>(row.number(4));
    item.time = row.number(5);
    item.accepted = row.number(6);
    item.due = row.number(7);
    item.attempts = static_cast<std::uint32_t>(row.number(8));
    item.traceparent = row.bytes(9);
    item.place = row.number(10);
    item.total = row.number(11);
    item.error = row.bytes(12);
    if (row.number(13) != sum_of(item.id, item.key, item.body, item.format)) {
        throw Trouble{FLOWRUN_E_INVALID, "message " + std::to_string(item.seq) + " is damaged: its sum does not fit"};
    }
    return item;
}

Item Item::even_damaged(const Statement& row) {
    try {
        return of(row);
    } catch (const Trouble&) {
        Item item;
        item.seq = row.number(0);
        item.id = row.bytes(1);
        item.accepted = row.number(6);
        item.format = damaged;
        item.error = R"({"code":"invalid","message":"damaged in the store: its sum does not fit"})";
        return item;
    }
}

void Item::bind(Statement& insert) const {
    insert.bind(1, seq).bind(2, id).bind(3, key).bind_bytes(4, body).bind(5, std::int64_t{format});
    insert.bind(6, time).bind(7, accepted).bind(8, due).bind(9, std::int64_t{attempts}).bind(10, traceparent);
    insert.bind(11, place).bind(12, total).bind(13, error).bind(14, sum_of(id, key, body, format));
}

flowrun_queue_item Item::seen() const {
    flowrun_queue_item to{};
    to.size = sizeof to;
    to.number = static_cast<std::uint64_t>(seq);
    to.body = text_of(body);
    to.format = format;
    to.attempts = attempts;
    to.id = text_of(id);
    to.key = text_of(key);
    to.traceparent = text_of(traceparent);
    to.time = time;
    to.accepted = accepted;
    to.due = due;
    to.index = place;
    to.total = total;
    to.error = text_of(error);
    return to;
}

}  // namespace flowrun::sqlite

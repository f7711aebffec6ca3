#include "rows.hh"

#include "lock.hh"

namespace flowrun::postgres {

void Columns::add(const broker::Message& message, std::int64_t delay_us) {
    delays_.push_back(delay_us);
    locks_.push_back(message.key.empty() ? std::nullopt : std::optional(lock_of(message.key)));
    attempts_.push_back(static_cast<std::int32_t>(message.attempts));
    formats_.push_back(static_cast<std::int32_t>(message.format));
    siblings_.push_back(message.index);
    totals_.push_back(message.total);
    emitted_.push_back(message.time);
    accepted_.push_back(message.accepted);
    ids_.push_back(text_or_null(message.id));
    keys_.push_back(text_or_null(message.key));
    traces_.push_back(text_or_null(message.traceparent));
    origins_.push_back(text_or_null(message.origin));
    errors_.push_back(text_or_null(message.error));
    bodies_.push_back(message.body);
}

void Columns::give(Values& to) const {
    to.int8s(delays_).optional_int8s(locks_).int4s(attempts_).int4s(formats_).int8s(siblings_).int8s(totals_);
    to.int8s(emitted_).int8s(accepted_);
    for (const auto* texts : {&ids_, &keys_, &traces_, &origins_, &errors_, &bodies_}) to.byteas(*texts);
}

Given given_of(const Result& rows, int row) {
    Given one;
    broker::Message& to = one.message;
    to.number = static_cast<std::uint64_t>(rows.integer(row, 0));
    one.count = static_cast<std::uint64_t>(rows.integer(row, 1));
    one.again = rows.integer(row, 2) != 0;
    to.attempts = static_cast<std::uint32_t>(rows.integer(row, 3));
    to.format = static_cast<std::uint32_t>(rows.integer(row, 4));
    to.index = rows.integer(row, 5);
    to.total = rows.integer(row, 6);
    to.time = rows.integer(row, 7);
    to.accepted = rows.integer(row, 8);
    std::string* const texts[] = {&to.id, &to.key, &to.traceparent, &to.origin, &to.error, &to.body};
    for (int i = 0; i < 6; ++i) *texts[i] = rows.bytes(row, 9 + i);
    return one;
}

}  // namespace flowrun::postgres

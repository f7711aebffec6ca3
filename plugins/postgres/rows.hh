#pragma once
// Messages as rows of flowrun.messages, both ways.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/message.hh"
#include "postgres_client/values.hh"

namespace flowrun::postgres {

// Nothing for an empty text.
inline std::string_view text_or_null(std::string_view text) { return text.empty() ? std::string_view() : text; }

// Messages that are to be put in: a list a column. Borrows them.
class Columns {
public:
    void add(const broker::Message& message, std::int64_t delay_us);
    // In the order delay, lock, attempts, format, sibling, siblings, emitted, accepted, id, key, traceparent, origin, error, body.
    void give(Values& to) const;
    std::size_t size() const { return delays_.size(); }

private:
    std::vector<std::int64_t> delays_, siblings_, totals_, emitted_, accepted_;
    std::vector<std::optional<std::int64_t>> locks_;
    std::vector<std::int32_t> attempts_, formats_;
    std::vector<std::string_view> ids_, keys_, traces_, origins_, errors_, bodies_;
};

// A row of number, given, doubted, attempts, format, sibling, siblings, emitted, accepted, id, key, traceparent, origin, error, body.
struct Given {
    broker::Message message;
    std::uint64_t count = 0;
    bool again = false;
};
Given given_of(const Result& rows, int row);

}  // namespace flowrun::postgres

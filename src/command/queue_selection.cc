#include "command/queue_selection.hh"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "command/item_lines.hh"
#include "command/say.hh"
#include "flow/quantity.hh"

namespace flowrun::command {
namespace {

std::optional<std::uint64_t> number_of(const std::string& text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || at != end) return {};
    return number;
}

}  // namespace

std::expected<Selection, std::string> Selection::of(const Words& words, expr::Surroundings& surroundings,
                                                    std::int64_t now) {
    Selection made;
    made.dead_ = words.has("dead");
    for (const Words::Given& given : words.options) {
        if (given.option->name == "id") made.ids_.push_back(given.value);
    }
    if (const auto* where = words.find("where")) {
        auto evaluation = Evaluation::make(where->value, {}, true, Print::filter, surroundings);
        if (!evaluation) return std::unexpected("--where: " + evaluation.error());
        made.where_.emplace(std::move(*evaluation));
    }
    if (const auto* older = words.find("older")) {
        const auto age = flow::duration_of(older->value);
        if (!age) return std::unexpected("--older=" + older->value + ": " + age.error().message);
        made.before_ = now - *age;
    }
    if (const auto* count = words.find("count")) {
        made.most_ = number_of(count->value);
        if (!made.most_) return std::unexpected("--count=" + count->value + ": a number is wanted");
    }
    return made;
}

Result<void> Selection::each(const StoredQueue& queue, std::uint64_t most,
                             const std::function<void(const flowrun_queue_item&, const std::string& line)>& what,
                             std::uint64_t from) {
    // A page at a time: nobody looks beyond the last that is wanted.
    constexpr std::uint64_t page = 4096, last_place = std::numeric_limits<std::int64_t>::max();
    for (std::uint64_t found = 0, seen = page; found < most && seen == page && from < last_place;) {
        seen = 0;
        const auto looked = queue.each(dead_, from, page, [&](const flowrun_queue_item& item) {
            ++seen;
            from = item.number + 1;
            if (found >= most) return;
            const std::string line = line_of(item);
            if (!fits(item, line)) return;
            ++found;
            what(item, line);
        });
        if (!looked) return looked;
    }
    return {};
}

bool Selection::fits(const flowrun_queue_item& item, const std::string& line) {
    if (!ids_.empty() && std::ranges::find(ids_, std::string(item.id.data, item.id.size)) == ids_.end()) return false;
    if (before_ && item.accepted >= *before_) return false;
    if (!where_) return true;
    std::string shown;
    const auto said = where_->message(std::string_view(line).substr(0, line.size() - 1), shown);
    if (!said && failures_++ == 0) failure_ = said.error();
    return said && !shown.empty();
}

Exit Selection::tell_of_failures() const {
    if (failures_ == 0) return Exit::ok;
    complain(fmt::format("--where could not be evaluated for {} message{}: {}", failures_, failures_ == 1 ? "" : "s",
                         failure_));
    return Exit::failed;
}

}  // namespace flowrun::command

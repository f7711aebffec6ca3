#include "flow/outline_walk.hh"

#include <algorithm>

#include <fmt/format.h>

namespace flowrun::flow {

void Outline::entry(std::size_t column, bool list) {
    Level* top = fitting(column, list);
    if (top == nullptr) return;
    *top = {column, list, at_};
}

Outline::Level* Outline::fitting(std::size_t column, bool list) {
    const std::vector<Level> before = levels_;
    while (!levels_.empty() && levels_.back().column > column) levels_.pop_back();
    if (levels_.empty()) return before.empty() ? first(column, list) : stray(before, column, list);
    Level& top = levels_.back();
    const bool popped = levels_.size() < before.size();
    if (top.column == column && top.list == list) return &top;
    if (top.column == column && list) {
        if (top.value == Value::none && !popped) return &levels_.emplace_back(Level{column, list, at_});
        return stray(before, column, list);
    }
    if (top.column == column) {
        const bool under_key = levels_.size() > 1 && levels_[levels_.size() - 2].column == column;
        if (!under_key) return beside_elements(top);
        levels_.pop_back();
        return &levels_.back();
    }
    if (top.value == Value::none && !popped) return &levels_.emplace_back(Level{column, list, at_});
    return popped ? stray(before, column, list) : below_value(top, list);
}

Outline::Level* Outline::first(std::size_t column, bool list) {
    if (last_text_ != npos) return slip_before();
    return &levels_.emplace_back(Level{column, list, at_});
}

Outline::Level* Outline::slip_before() {
    const std::size_t end = text_end(text_, last_text_);
    const Slip slip = no_key(text_.substr(last_text_, end - last_text_));
    tell(last_text_ + slip.at, slip.length, slip.message, slip.remedy);
    return nullptr;
}

std::string Outline::shown(const std::vector<Level>& levels) {
    std::string out;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        if (i > 0 && levels[i].column == levels[i - 1].column) continue;
        out += fmt::format("{}{}", out.empty() ? "" : i + 1 == levels.size() ? " or " : ", ", levels[i].column);
    }
    return out;
}

Outline::Level* Outline::stray(const std::vector<Level>& before, std::size_t column, bool list) {
    if (list && !before.empty() && before.back().list) {
        tell(at_, 1,
             fmt::format("this '- ' is indented by {}, the elements before it by {}", column, before.back().column),
             "indent them alike");
    } else {
        tell(at_, 1, fmt::format("this line is indented by {}, which fits none of the lines before it", column),
             fmt::format("indent it by {}, as those that it belongs to", shown(before)));
    }
    return nullptr;
}

Outline::Level* Outline::beside_elements(const Level& list) {
    const bool edge = text_.substr(list.entry, text_end(text_, list.entry) - list.entry).find('>') != npos;
    if (here(at_) == '-') {
        tell(at_, 1, "'-' needs a space after it",
             fmt::format("write '- {}'", text_.substr(at_ + 1, text_end(text_, at_) - at_ - 1)));
        return nullptr;
    }
    tell(at_, 1, "a key stands where '- ' is expected",
         edge ? "indent the options of an edge deeper than its arrow"
              : fmt::format("begin it with '- ', or take the '- ' in line {} out", line_of(list.entry)));
    return nullptr;
}

Outline::Level* Outline::below_value(const Level& top, bool list) {
    const std::size_t entry = top.entry;
    if (top.value == Value::plain && last_text_ != npos && last_text_ >= entry) {
        const std::size_t end = text_end(text_, last_text_);
        const std::string_view last = text_.substr(last_text_, end - last_text_);
        const bool own_line = text_.find_last_not_of(' ', last_text_ - 1) == text_.rfind('\n', last_text_);
        if (top.list && list) return told_misaligned(top);
        if (const Slip slip = slip_in(last, own_line); slip.length > 0) return slip_before();
    }
    if (top.list && list) return told_misaligned(top);
    const std::size_t end = text_end(text_, entry);
    tell(at_, 1, fmt::format("this line is indented deeper than line {}, which has its value already", line_of(entry)),
         fmt::format("indent it by {}, or take the value of '{}' away", top.column,
                     text_.substr(entry, std::min(text_.find_first_of(": \n", entry), end) - entry)));
    return nullptr;
}

Outline::Level* Outline::told_misaligned(const Level& list) {
    tell(at_, 1, fmt::format("this '- ' is indented by {}, the elements before it by {}", at_ - start_, list.column),
         "indent them alike");
    return nullptr;
}

Slip Outline::no_key(std::string_view text) {
    Slip slip = slip_in(text, true);
    if (slip.length > 0) return slip;
    return {0, std::max<std::size_t>(text.size(), 1), "this line has no ':', and so is no key with its value",
            "write 'key: value'; what goes on from the line before is indented deeper"};
}

void Outline::not_a_key(const std::vector<Level>& levels) {
    const std::size_t end = text_end(text_, at_);
    const std::string_view words = text_.substr(at_, end - at_);
    const Level& last = levels.back();
    if (last.value == Value::block_text) {
        return tell(at_, 1, "the text under '|' or '>' is not indented",
                    fmt::format("indent its lines deeper than line {}, where it begins", line_of(last.entry)));
    }
    if (here(at_) == '}' || here(at_) == ']') {
        return tell(at_, 1, fmt::format("this '{}' closes nothing", here(at_)), "take it out");
    }
    Slip slip = no_key(words);
    const bool goes_on = last.value == Value::plain && slip.message.starts_with("a ':' is missing");
    if (goes_on) slip.remedy += fmt::format(", or indent it deeper if it goes on from line {}", line_of(last.entry));
    tell(at_ + slip.at, slip.length, slip.message, slip.remedy);
}

}  // namespace flowrun::flow

#include "flow/outline_walk.hh"

#include <utility>

#include <fmt/format.h>

#include "flow/invisible.hh"
#include "flow/limits.hh"

namespace flowrun::flow {

std::optional<Mistake> Outline::read() {
    while (at_ < text_.size() && at_ <= end_ && !mistake_ && !lost_) line();
    return std::move(mistake_);
}

void Outline::tell(std::size_t at, std::size_t length, std::string message, std::string remedy, bool certain) {
    if (!mistake_) mistake_ = Mistake{at, length, std::move(message), std::move(remedy), certain};
}

void Outline::tell(Mistake mistake) {
    if (!mistake_) mistake_ = std::move(mistake);
}

void Outline::next_line() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    ++at_;
}

void Outline::line() {
    start_ = at_;
    while (here(at_) == ' ') ++at_;
    std::size_t content = at_;
    while (is_blank(here(content))) ++content;
    if (ends(content) || here(content) == '#') return next_line();
    if (content > at_) return tab();
    if (continues(at_ - start_)) {
        last_text_ = at_;
        return next_line();
    }
    if (invisible(at_, "indents this line")) return;
    if (at_ == start_ && marker()) return;
    const std::size_t column = at_ - start_;
    entries(column);
    if (!mistake_ && !lost_) next_line();
}

bool Outline::continues(std::size_t column) const {
    if (levels_.empty() || levels_.back().value != Value::plain || column <= levels_.back().column) return false;
    const bool element = levels_.back().list && here(at_) == '-';
    return !element && key_mark(text_, at_) == npos;
}

void Outline::tab() {
    tell(at_, 1, "a tab indents this line; YAML indents by spaces alone",
         "put spaces in place of the tab, as many as the lines beside it have");
}

bool Outline::invisible(std::size_t at, std::string_view what) {
    const Invisible found = invisible_at(text_, at);
    if (found.bytes == 0) return false;
    tell(at, found.bytes, fmt::format("an invisible character ({}) {}", found.name, what),
         "write a space in its place, or nothing", true);
    return true;
}

bool Outline::marker() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("---") && (is_blank(here(at_ + 3)) || ends(at_ + 3)) && levels_.empty()) {
        next_line();
        return true;
    }
    lost_ = rest.starts_with("---") || rest.starts_with("...");
    if (rest.starts_with('%') && !rest.starts_with("%YAML")) {
        tell(at_, 1, "'%' at the beginning of a line is for directives, of which a flow has none",
             "take the line out, or quote what begins with '%'", true);
    }
    return lost_ || mistake_;
}

void Outline::entries(std::size_t column) {
    for (;;) {
        if (here(at_) == '-' && (is_blank(here(at_ + 1)) || ends(at_ + 1))) {
            entry(column, true);
            lost_ = levels_.size() > max_nesting;
            if (mistake_ || lost_) return;
            std::size_t next = at_ + 1;
            while (is_blank(here(next))) ++next;
            if (ends(next) || here(next) == '#') return;
            column += next - at_;
            at_ = next;
            continue;
        }
        if (here(at_) == '-' && invisible(at_ + 1, "stands behind '-'")) return;
        if (here(at_) == '?' && is_blank(here(at_ + 1))) {
            lost_ = true;
            return;
        }
        return key_or_text(column);
    }
}

void Outline::key_or_text(std::size_t column) {
    std::size_t mark = npos;
    const char first = here(at_);
    if (levels_.empty() && (first == '{' || first == '[')) {
        levels_.push_back({column, false, at_});
        return value(column, npos);
    }
    if (first == '"' || first == '\'') {
        const InlineValue quoted = quoted_value(source_, at_);
        if (quoted.mistake) return tell(*quoted.mistake);
        std::size_t after = quoted.end;
        while (is_blank(here(after))) ++after;
        if (here(after) == ':') mark = after;
    } else if (first != '{' && first != '[') {
        mark = key_mark(text_, at_);
    }
    if (mark == npos) return text(column);
    const std::string_view key = text_.substr(at_, mark - at_);
    if (const std::size_t glued = glued_mark(key); glued != npos) {
        return tell(at_ + glued, 1, "':' needs a space after it",
                    fmt::format("write '{}: {}'", key.substr(0, glued), key[glued + 1]), true);
    }
    entry(column, false);
    lost_ = levels_.size() > max_nesting;
    if (mistake_ || lost_) return;
    at_ = mark + 1;
    while (is_blank(here(at_))) ++at_;
    value(column, mark);
}

void Outline::text(std::size_t column) {
    const bool alone = at_ - start_ == start_column();
    const std::vector<Level> before = levels_;
    while (!levels_.empty() && levels_.back().column > column) levels_.pop_back();
    if (levels_.empty()) {
        if (!before.empty()) return not_a_key(before);
        if (here(at_) == '"' || here(at_) == '\'') return after(quoted_value(source_, at_), npos, "quoted text");
        last_text_ = at_;
        at_ = text_end(text_, at_);
        return;
    }
    Level& top = levels_.back();
    if (!alone || (top.column < column && top.value == Value::none)) {
        top.value = Value::none;
        return value(column, npos);
    }
    if (top.column < column && top.value == Value::plain) {
        last_text_ = at_;
        return;
    }
    not_a_key(before);
}

}  // namespace flowrun::flow

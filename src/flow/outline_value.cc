#include "flow/outline_walk.hh"

#include <utility>

#include <fmt/format.h>

#include "flow/quote.hh"

namespace flowrun::flow {

void Outline::skip_properties(std::size_t& at) const {
    while (here(at) == '&' || here(at) == '!') {
        while (!is_blank(here(at)) && !ends(at)) ++at;
        while (is_blank(here(at))) ++at;
    }
}

std::size_t Outline::glued_mark(std::string_view key) {
    const std::size_t at = key.find(':');
    const bool plain = at != npos && at > 0 && key.find_first_of(" \"'{[") > at;
    return plain && at + 1 < key.size() && (key[at + 1] == '{' || key[at + 1] == '[') ? at : npos;
}

void Outline::value(std::size_t column, std::size_t mark) {
    if (invisible(at_, "stands before this value")) return;
    skip_properties(at_);
    const char first = here(at_);
    if (ends(at_) || first == '#') return;
    Level& level = levels_.back();
    level.value = Value::other;
    if (first == '|' || first == '>') return block_text(column, mark);
    if (first == '"' || first == '\'') return after(quoted_value(source_, at_), mark, "quoted text");
    if (first == '{' || first == '[') return after(bracketed_value(source_, at_, start_column()), mark, "value");
    if (first == '*') return;
    level.value = Value::plain;
    plain(mark);
}

std::size_t Outline::start_column() const {
    std::size_t at = start_;
    while (here(at) == ' ') ++at;
    return at - start_;
}

std::string Outline::quoting(std::size_t mark, std::size_t at) const {
    return mark == npos ? quote_it("", text_.substr(at, text_end(text_, at) - at)) : quote_value_at(source_, at);
}

void Outline::plain(std::size_t mark) {
    const char first = here(at_);
    if (std::string_view("@`%,]}").find(first) != npos) {
        return tell(at_, 1, fmt::format("a text cannot begin with '{}' in YAML", first), quoting(mark, at_));
    }
    if (first == '-' && is_blank(here(at_ + 1)) && mark != npos) {
        return tell(at_, 1, "'- ' begins a list, which cannot stand in the line of its key",
                    quoting(mark, at_) + ", or begin the list in the next line");
    }
    if (const std::size_t colon = mark == npos ? npos : key_mark(text_, at_); colon != npos) {
        if (colon + 1 >= text_end(text_, at_)) {
            return tell(colon, 1, "a ':' at the end of a line begins a map, and here the value stands already",
                        "take it out, or " + quoting(mark, at_));
        }
        return tell(colon, 1, "': ' stands inside a text, where YAML ends a key", quoting(mark, at_));
    }
    last_text_ = at_;
}

void Outline::after(InlineValue value, std::size_t mark, std::string_view what) {
    if (value.mistake) return tell(std::move(*value.mistake));
    const std::size_t from = at_;
    at_ = value.end;
    while (is_blank(here(at_))) ++at_;
    if (ends(at_) || (here(at_) == '#' && at_ > value.end)) return;
    const char extra = here(at_);
    if (extra == '}' || extra == ']') {
        return tell(at_, 1, fmt::format("this '{}' closes nothing", extra), "take it out");
    }
    if (text_.substr(from, value.end - from).find('\n') != npos) {
        return tell(from, 1, fmt::format("this {} ends only in line {}, with more behind it", what, line_of(at_)),
                    fmt::format("write {} where it ends", text_[from] == '{'   ? '}'
                                                          : text_[from] == '[' ? ']'
                                                                               : text_[from]));
    }
    const std::size_t end = text_end(text_, at_);
    const char quote = text_[from];
    const bool within = (quote == '"' || quote == '\'') && text_[end - 1] == quote;
    const bool whole_map = quote == '{' && text_.substr(from, value.end - from).find(": ") != npos;
    if (whole_map) return tell(at_, end - at_, "the { } ends before this", "take it out, or give it a line of its own");
    const std::string doubled =
        quote == '"' ? "inside double quotes write \\\" for a \"" : "inside single quotes write '' for a '";
    const std::string_view whole = text_.substr(from, end - from);
    tell(at_, end - at_, fmt::format("the {} ends before this", what),
         within         ? doubled
         : mark == npos ? quote_it("", whole)
                        : quote_it(key_before(mark), whole));
}

std::string_view Outline::key_before(std::size_t mark) const {
    const std::size_t begin = text_.find_last_of(" \t\n{,", mark == 0 ? 0 : mark - 1);
    const std::size_t from = begin == npos ? 0 : begin + 1;
    return text_.substr(from, mark - from);
}

void Outline::block_text(std::size_t column, std::size_t mark) {
    const std::size_t header = at_;
    std::size_t at = at_ + 1;
    while (std::string_view("+-123456789").find(here(at)) != npos) ++at;
    std::size_t rest = at;
    while (is_blank(here(rest))) ++rest;
    if (!ends(rest) && !(here(rest) == '#' && rest > at)) {
        return tell(
            header, 1, fmt::format("'{}' begins a text of its own lines, and more stands behind it", here(header)),
            quote_it(mark == npos ? "" : key_before(mark), text_.substr(header, text_end(text_, header) - header)));
    }
    const bool explicit_indent = text_.substr(header, at - header).find_first_of("123456789") != npos;
    if (mark == npos) column = levels_.back().column;
    levels_.back().value = Value::block_text;
    next_line();
    std::size_t indent = 0;
    while (at_ < text_.size()) {
        const std::size_t begin = text_.find_first_not_of(' ', at_);
        const std::size_t spaces = (begin == npos ? text_.size() : begin) - at_;
        if (begin == npos || ends(begin)) {
            next_line();
            continue;
        }
        if (spaces <= column) {
            if (indent == 0 && text_[begin] == '\t')
                tell(begin, 1, "a tab indents this line; YAML indents by spaces alone",
                     "put spaces in place of the tab");
            break;
        }
        if (indent == 0 && !explicit_indent) indent = spaces;
        if (spaces < indent) {
            if (text_[begin] == '#') break;
            tell(at_ + spaces, 1, "this line is indented less than the first line of its text",
                 "indent all lines of the text at least as far as the first");
            return;
        }
        levels_.back().value = Value::other;
        next_line();
    }
    if (at_ > 0 && at_ <= text_.size()) --at_;  // line() goes to the next line
}

}  // namespace flowrun::flow

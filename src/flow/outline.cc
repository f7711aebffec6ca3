#include "flow/outline.hh"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "flow/inline_value.hh"
#include "flow/invisible.hh"
#include "flow/limits.hh"
#include "flow/quote.hh"
#include "flow/slip.hh"

namespace flowrun::flow {

namespace {

constexpr auto npos = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }

// How an entry got its value.
enum class Value : unsigned char { none, plain, block_text, other };

// A list or map that is open, with its last entry.
struct Level {
    std::size_t column;
    bool list;
    std::size_t entry;  // where the last entry begins
    Value value = Value::none;
};

class Outline {
public:
    Outline(const Source& source, std::size_t end) : source_(source), text_(source.text()), end_(end) {}

    std::optional<Mistake> read() {
        while (at_ < text_.size() && at_ <= end_ && !mistake_ && !lost_) line();
        return std::move(mistake_);
    }

private:
    char here(std::size_t i) const { return i < text_.size() ? text_[i] : '\n'; }
    bool ends(std::size_t i) const { return is_break(here(i)); }
    std::uint32_t line_of(std::size_t i) const { return source_.place(i).line; }

    void tell(std::size_t at, std::size_t length, std::string message, std::string remedy, bool certain = false) {
        if (!mistake_) mistake_ = Mistake{at, length, std::move(message), std::move(remedy), certain};
    }
    void tell(Mistake mistake) {
        if (!mistake_) mistake_ = std::move(mistake);
    }

    void next_line() {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        ++at_;
    }

    void line() {
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

    // A plain text goes on in this line, whatever it begins with; unless it is a key, or looks like a list's element.
    bool continues(std::size_t column) const {
        if (levels_.empty() || levels_.back().value != Value::plain || column <= levels_.back().column) return false;
        const bool element = levels_.back().list && here(at_) == '-';
        return !element && key_mark(text_, at_) == npos;
    }

    void tab() {
        tell(at_, 1, "a tab indents this line; YAML indents by spaces alone",
             "put spaces in place of the tab, as many as the lines beside it have");
    }

    bool invisible(std::size_t at, std::string_view what) {
        const Invisible found = invisible_at(text_, at);
        if (found.bytes == 0) return false;
        tell(at, found.bytes, fmt::format("an invisible character ({}) {}", found.name, what),
             "write a space in its place, or nothing", true);
        return true;
    }

    // `---`, `...` and `%`, which belong to a file of several documents.
    bool marker() {
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

    // `- - key: value`: each is an entry in a column of its own.
    void entries(std::size_t column) {
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

    // Anchors and tags.
    void skip_properties(std::size_t& at) const {
        while (here(at) == '&' || here(at) == '!') {
            while (!is_blank(here(at)) && !ends(at)) ++at;
            while (is_blank(here(at))) ++at;
        }
    }

    void key_or_text(std::size_t column) {
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

    // `out:{ uses`: the ':' of a key that a bracket or a quote follows at once.
    static std::size_t glued_mark(std::string_view key) {
        const std::size_t at = key.find(':');
        const bool plain = at != npos && at > 0 && key.find_first_of(" \"'{[") > at;
        return plain && at + 1 < key.size() && (key[at + 1] == '{' || key[at + 1] == '[') ? at : npos;
    }

    // What stands at `at_`, behind a ':' or a '-' or alone in its line.
    void value(std::size_t column, std::size_t mark) {
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

    std::size_t start_column() const {
        std::size_t at = start_;
        while (here(at) == ' ') ++at;
        return at - start_;
    }

    std::string quoting(std::size_t mark, std::size_t at) const {
        return mark == npos ? quote_it("", text_.substr(at, text_end(text_, at) - at)) : quote_value_at(source_, at);
    }

    void plain(std::size_t mark) {
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

    // Nothing but a comment may follow what is quoted or in brackets.
    void after(InlineValue value, std::size_t mark, std::string_view what) {
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
        if (whole_map)
            return tell(at_, end - at_, "the { } ends before this", "take it out, or give it a line of its own");
        const std::string doubled =
            quote == '"' ? "inside double quotes write \\\" for a \"" : "inside single quotes write '' for a '";
        const std::string_view whole = text_.substr(from, end - from);
        tell(at_, end - at_, fmt::format("the {} ends before this", what),
             within         ? doubled
             : mark == npos ? quote_it("", whole)
                            : quote_it(key_before(mark), whole));
    }

    std::string_view key_before(std::size_t mark) const {
        const std::size_t begin = text_.find_last_of(" \t\n{,", mark == 0 ? 0 : mark - 1);
        const std::size_t from = begin == npos ? 0 : begin + 1;
        return text_.substr(from, mark - from);
    }

    // `|` and `>`: the lines below that are indented deeper than the entry.
    void block_text(std::size_t column, std::size_t mark) {
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

    // An entry of a list or map in a column.
    void entry(std::size_t column, bool list) {
        Level* top = fitting(column, list);
        if (top == nullptr) return;
        *top = {column, list, at_};
    }

    // The level that an entry in this column belongs to, made if it is a new one; nullptr: none, which has been told.
    Level* fitting(std::size_t column, bool list) {
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

    Level* first(std::size_t column, bool list) {
        if (last_text_ != npos) return slip_before();
        return &levels_.emplace_back(Level{column, list, at_});
    }

    Level* slip_before() {
        const std::size_t end = text_end(text_, last_text_);
        const Slip slip = no_key(text_.substr(last_text_, end - last_text_));
        tell(last_text_ + slip.at, slip.length, slip.message, slip.remedy);
        return nullptr;
    }

    static std::string shown(const std::vector<Level>& levels) {
        std::string out;
        for (std::size_t i = 0; i < levels.size(); ++i) {
            if (i > 0 && levels[i].column == levels[i - 1].column) continue;
            out += fmt::format("{}{}", out.empty() ? "" : i + 1 == levels.size() ? " or " : ", ", levels[i].column);
        }
        return out;
    }

    // No open list or map has this column.
    Level* stray(const std::vector<Level>& before, std::size_t column, bool list) {
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

    Level* beside_elements(const Level& list) {
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

    // Deeper than an entry that has its value.
    Level* below_value(const Level& top, bool list) {
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
        tell(at_, 1,
             fmt::format("this line is indented deeper than line {}, which has its value already", line_of(entry)),
             fmt::format("indent it by {}, or take the value of '{}' away", top.column,
                         text_.substr(entry, std::min(text_.find_first_of(": \n", entry), end) - entry)));
        return nullptr;
    }

    Level* told_misaligned(const Level& list) {
        tell(at_, 1,
             fmt::format("this '- ' is indented by {}, the elements before it by {}", at_ - start_, list.column),
             "indent them alike");
        return nullptr;
    }

    // A line, or the rest of one behind '- ', that is no key.
    void text(std::size_t column) {
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

    static Slip no_key(std::string_view text) {
        Slip slip = slip_in(text, true);
        if (slip.length > 0) return slip;
        return {0, std::max<std::size_t>(text.size(), 1), "this line has no ':', and so is no key with its value",
                "write 'key: value'; what goes on from the line before is indented deeper"};
    }

    // `levels`: as they were before this line.
    void not_a_key(const std::vector<Level>& levels) {
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
        if (goes_on)
            slip.remedy += fmt::format(", or indent it deeper if it goes on from line {}", line_of(last.entry));
        tell(at_ + slip.at, slip.length, slip.message, slip.remedy);
    }

    const Source& source_;
    std::string_view text_;
    std::size_t end_;
    std::size_t at_ = 0, start_ = 0;
    bool lost_ = false;
    std::size_t last_text_ = npos;  // the last plain text that is no key
    std::vector<Level> levels_;
    std::optional<Mistake> mistake_;
};

}  // namespace

std::optional<Mistake> first_mistake(const Source& source, std::size_t end) { return Outline(source, end).read(); }

}  // namespace flowrun::flow

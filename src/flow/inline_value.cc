#include "flow/inline_value.hh"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "flow/comments.hh"
#include "flow/quote.hh"
#include "flow/scalar.hh"

namespace flowrun::flow {

namespace {

constexpr auto npos = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }
bool is_mark(char c) { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}'; }
char at_of(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : '\n'; }
char closing(char open) { return open == '{' ? '}' : ']'; }

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin == npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// The escape of a double-quoted text at `at`: its length, or 0 when there is none such.
std::size_t escape(std::string_view text, std::size_t at) {
    const char kind = at_of(text, at + 1);
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (digits == 0) return is_break(kind) || std::string_view("0abt\tnvfre \"/\\N_LP").find(kind) != npos ? 2 : 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (std::string_view("0123456789abcdefABCDEF").find(at_of(text, at + 2 + i)) == npos) return 0;
    }
    return 2 + digits;
}

Mistake no_escape(std::string_view text, std::size_t at) {
    const std::string_view what = text.substr(at, is_break(at_of(text, at + 1)) ? 1 : 2);
    return {at, what.size(), fmt::format("'{}' is no escape inside double quotes", what),
            fmt::format("write '\\{}', or put the text in single quotes, where '\\' is itself", what)};
}

// Reads what stands in brackets, as far as it takes to know where it ends.
class Brackets {
public:
    Brackets(const Source& source, std::size_t at, std::size_t indent)
        : source_(source), text_(source.text()), at_(at), indent_(indent) {}

    InlineValue read() {
        do { step(); } while (!open_.empty() && !mistake_);
        return {at_, std::move(mistake_)};
    }

private:
    struct Open {
        std::size_t at;
        bool valued = false;  // after a value: a ',' or the end is next
        bool keyed = false;   // behind the ':' of an entry
        std::string_view key = {};
    };

    void tell(std::size_t at, std::size_t length, std::string message, std::string remedy) {
        if (!mistake_) mistake_ = Mistake{at, length, std::move(message), std::move(remedy)};
    }

    std::string where(std::size_t at) const {
        const Place place = source_.place(at);
        return fmt::format("line {}, column {}", place.line, place.column);
    }

    void step() {
        if (at_ >= text_.size()) return not_closed();
        const char c = text_[at_];
        if (is_break(c)) return line_end();
        if (is_blank(c)) {
            ++at_;
        } else if (c == '#' && at_ > 0 && (is_blank(text_[at_ - 1]) || is_break(text_[at_ - 1]))) {
            while (at_ < text_.size() && !is_break(text_[at_])) ++at_;
        } else if (c == '{' || c == '[') {
            if (begin_value()) open_.push_back({at_++});
        } else if (c == '}' || c == ']') {
            close(c);
        } else if (c == ',') {
            open_.back() = {open_.back().at};
            ++at_;
        } else if (c == ':' && (is_blank(at_of(text_, at_ + 1)) || is_break(at_of(text_, at_ + 1)) ||
                                is_mark(at_of(text_, at_ + 1)) || open_.back().valued)) {
            colon();
        } else if (c == '"' || c == '\'') {
            if (begin_value()) quoted();
        } else if (begin_value()) {
            plain();
        }
    }

    void colon() {
        open_.back().valued = false;
        open_.back().keyed = true;
        ++at_;
    }

    void close(char c) {
        const std::size_t open = open_.back().at;
        if (closing(text_[open]) != c) {
            return tell(at_, 1, fmt::format("'{}' cannot close the '{}' in {}", c, text_[open], where(open)),
                        fmt::format("write '{}' here, or take one of the two out", closing(text_[open])));
        }
        open_.pop_back();
        if (!open_.empty()) open_.back().valued = true;
        ++at_;
    }

    void not_closed() {
        const std::size_t open = open_.back().at;
        const std::string taken = closed_in_comment(text_, open, text_.size());
        tell(open, 1, fmt::format("this '{}' is not closed", text_[open]),
             !taken.empty() ? taken : fmt::format("write '{}' where it ends", closing(text_[open])));
    }

    // The lines of the block go on: a bracket is open that should not be.
    void line_end() {
        while (at_ < text_.size() && (is_break(text_[at_]) || is_blank(text_[at_]))) ++at_;
        if (at_ >= text_.size()) return;
        const std::size_t begin = text_.rfind('\n', at_ - 1) + 1;
        const bool element = text_[at_] == '-' && is_blank(at_of(text_, at_ + 1));
        const bool key = std::string_view("}],#{[\"'").find(text_[at_]) == npos && key_mark(text_, at_) != npos;
        if (at_ - begin > indent_ || (!element && !key)) return;
        const std::size_t open = open_.back().at;
        const std::string taken = closed_in_comment(text_, open, at_);
        tell(open, 1, fmt::format("this '{}' is not closed", text_[open]),
             !taken.empty() ? taken
                            : fmt::format("write '{}' where it ends, before line {}", closing(text_[open]),
                                          source_.place(at_).line));
    }

    // What begins here needs a ',' before it, unless it is the first of its entry.
    bool begin_value() {
        if (open_.empty() || !open_.back().valued) {
            if (!open_.empty()) open_.back().valued = true;
            return true;
        }
        const std::size_t last = text_.find_last_not_of(" \t\r\n", at_ - 1);
        const std::size_t end = text_.find_first_of(" \t\r\n,:[]{}", at_ + 1);
        const std::string_view word = text_.substr(at_, std::min(end, text_.size()) - at_);
        tell(at_, word.size(), fmt::format("a ',' is missing before '{}'", word),
             fmt::format("write it after '{}' in {}", text_[last], where(last)));
        return false;
    }

    void quoted() {
        const std::size_t from = at_;
        InlineValue value = quoted_value(source_, at_);
        if (value.mistake) {
            mistake_ = std::move(value.mistake);
            return;
        }
        at_ = value.end;
        const bool lines = text_.substr(from, at_ - from).find('\n') != npos;
        const char next = at_of(text_, at_);
        if (lines && !is_blank(next) && !is_break(next) && !is_mark(next) && next != ':') {
            return tell(
                from, 1,
                fmt::format("this quoted text ends only in line {}, with more behind it", source_.place(at_ - 1).line),
                fmt::format("write {} where it ends", text_[from]));
        }
        open_.back().key = text_.substr(from, at_ - from);
    }

    void plain() {
        const std::size_t from = at_;
        if (std::string_view("@`%|>").find(text_[from]) != npos) return unquoted(from, "a text cannot begin with");
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '{' || c == '[') return unquoted(from, "is taken for the beginning of a map or list:");
            if (is_break(c) || c == ',' || c == '}' || c == ']') break;
            if (c == '#' && is_blank(text_[at_ - 1])) break;
            const char next = at_of(text_, at_ + 1);
            if (c != ':' || (!is_blank(next) && !is_break(next) && !is_mark(next))) continue;
            if (open_.back().keyed && text_[open_.back().at] == '{') return second_colon(from);
            open_.back().key = trimmed(text_.substr(from, at_ - from));
            return colon();
        }
        // A plain text may go on in the next line, unless an entry begins there.
        const std::size_t next = text_.find_first_not_of(" \t\r\n", at_);
        const bool more = next != npos && next > at_ && text_.substr(at_, next - at_).find('\n') != npos;
        if (more && !is_mark(text_[next]) && text_[next] != '#' && key_mark(text_, next) == npos) {
            at_ = next;
            open_.back().valued = false;
        }
    }

    // The text that begins at `from` and should have been quoted, with the brackets that it has.
    std::string_view meant(std::size_t from) const {
        std::size_t depth = 0, end = from;
        for (; end < text_.size() && !is_break(text_[end]); ++end) {
            const char c = text_[end];
            if (c == '{' || c == '[' || c == '(') ++depth;
            else if (depth > 0 && (c == '}' || c == ']' || c == ')')) --depth;
            else if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
        }
        return trimmed(text_.substr(from, end - from));
    }

    std::string quoting(std::size_t from) const {
        const std::string_view key = open_.back().key;
        return quote_it(open_.back().keyed && is_name(key) ? key : "", meant(from));
    }

    void unquoted(std::size_t from, std::string_view what) {
        const std::string_view text = meant(from);
        const bool template_text = text.find("${") != npos;
        const std::string message =
            at_ == from     ? fmt::format("{} '{}'", what, text_[at_])
            : template_text ? fmt::format("a text with ${{…}} must be quoted inside '{}'", text_[open_.back().at])
                            : fmt::format("'{}' {} quote the text", text_[at_], what);
        tell(from, text.size(), message, quoting(from));
    }

    // `a: b: c`, or `a: b c: d` where a comma has been forgotten.
    void second_colon(std::size_t from) {
        const std::string_view value = trimmed(text_.substr(from, at_ - from));
        const std::size_t gap = value.find_last_of(" \t");
        const std::string_view word = gap == npos ? "" : value.substr(gap + 1);
        const std::string quote = quoting(from);
        if (value.starts_with('(')) {
            return tell(from, 1, "'(' begins no map", "a map is written in { }, a list in [ ]");
        }
        if (!is_name(word)) { return tell(at_, 1, "': ' stands inside a text, where YAML ends a key", quote); }
        const std::size_t word_at = at_ - word.size();
        const std::string_view before = trimmed(value.substr(0, gap));
        if (before.ends_with(';')) {
            return tell(text_.rfind(';', word_at), 1, "what stands in { } is separated by ','", "write ',' for ';'");
        }
        tell(word_at, word.size(), fmt::format("a ',' is missing before '{}'", word),
             fmt::format("write it after '{}'; a text with ': ' in it must be quoted", before));
    }

    const Source& source_;
    std::string_view text_;
    std::size_t at_;
    std::size_t indent_;
    std::vector<Open> open_;
    std::optional<Mistake> mistake_;
};

}  // namespace

InlineValue quoted_value(const Source& source, std::size_t at) {
    const std::string_view text = source.text();
    const char quote = text[at];
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (quote == '"' && text[i] == '\\') {
            const std::size_t length = escape(text, i);
            if (length == 0) return {i, no_escape(text, i)};
            i += length - 1;
        } else if (text[i] == quote) {
            if (quote == '"' || at_of(text, i + 1) != quote) return {i + 1, {}};
            ++i;
        }
    }
    return {text.size(),
            Mistake{at, 1, "this quoted text is not closed", fmt::format("write {} where it ends", quote), true}};
}

InlineValue bracketed_value(const Source& source, std::size_t at, std::size_t indent) {
    return Brackets(source, at, indent).read();
}

std::size_t key_mark(std::string_view text, std::size_t at) {
    for (const std::size_t end = text_end(text, at); at < end; ++at) {
        if (text[at] == ':' && (is_blank(at_of(text, at + 1)) || is_break(at_of(text, at + 1)))) return at;
    }
    return npos;
}

std::size_t text_end(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && !is_break(text[end])) {
        if (text[end] == '#' && end > at && is_blank(text[end - 1])) break;
        ++end;
    }
    while (end > at && is_blank(text[end - 1])) --end;
    return end;
}

}  // namespace flowrun::flow

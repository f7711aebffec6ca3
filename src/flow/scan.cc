#include "flow/scan.hh"

#include <algorithm>
#include <optional>

namespace flowrun::flow {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }
bool is_white(char c) { return is_blank(c) || is_break(c); }

// A walk through source and value side by side. Every step gives offsets to some bytes of the value.
class Walk {
public:
    Walk(std::string_view source, std::size_t at, std::string_view value, std::vector<std::uint32_t>& offsets)
        : source_(source), value_(value), at_(at), offsets_(offsets) {
        offsets_.reserve(value.size());
    }

    bool plain() {
        while (!done()) {
            if (!(is_white(here()) ? white() : same())) return false;
        }
        return true;
    }

    bool single_quoted() {
        ++at_;
        while (!done()) {
            if (here() == '\'') {
                if (!give("'")) return false;
                at_ += 2;
            } else if (!(is_white(here()) ? white() : same())) {
                return false;
            }
        }
        return close('\'');
    }

    bool double_quoted() {
        ++at_;
        while (!done()) {
            const bool ok = here() == '\\' ? escape() : is_white(here()) ? white() : same();
            if (!ok) return false;
        }
        while (here() == '\\' && is_break(source_at(at_ + 1))) skip_escaped_break();
        return close('"');
    }

    bool block() {
        while (!at_end() && here() != '\n') ++at_;
        ++at_;
        const std::size_t indent = block_indent();
        skip_indent(indent);
        while (!done()) {
            if (at_end()) return rest_is_breaks();
            if (!is_break(here()) || (here() == '\r' && source_at(at_ + 1) != '\n')) {
                if (!same()) return false;
                continue;
            }
            // A line's end is a break, a folded blank, or, beside a blank line, nothing.
            if (next() == '\n' || next() == ' ') offsets_.push_back(static_cast<std::uint32_t>(at_));
            else if (!blank_line_) return false;
            skip_break();
            skip_indent(indent);
            blank_line_ = is_break(here());
        }
        return true;
    }

    std::size_t at() const { return at_; }

private:
    bool done() const { return offsets_.size() == value_.size(); }
    bool at_end() const { return at_ >= source_.size(); }
    char source_at(std::size_t i) const { return i < source_.size() ? source_[i] : '\0'; }
    char here() const { return source_at(at_); }
    char next() const { return value_[offsets_.size()]; }

    // The bytes `text` of the value stand here.
    bool give(std::string_view text) {
        if (value_.substr(offsets_.size(), text.size()) != text) return false;
        offsets_.insert(offsets_.end(), text.size(), static_cast<std::uint32_t>(at_));
        return true;
    }

    bool same() {
        if (at_end() || next() != here()) return false;
        offsets_.push_back(static_cast<std::uint32_t>(at_++));
        return true;
    }

    void skip_break() {
        if (here() == '\r') ++at_;
        if (here() == '\n') ++at_;
    }

    // A run of white space stands for itself, or, with line breaks in it, for a blank or for one break less.
    bool white() {
        std::vector<std::size_t> breaks;
        std::size_t end = at_;
        for (; end < source_.size() && is_white(source_[end]); ++end) {
            if (source_[end] == '\n') breaks.push_back(source_[end - 1] == '\r' ? end - 1 : end);
        }
        if (breaks.empty()) {
            while (at_ < end && !done()) {
                if (!same()) return false;
            }
            return true;
        }
        if (breaks.size() == 1) {
            at_ = breaks[0];
            if (!give(" ")) return false;
        }
        for (std::size_t i = 0; i + 1 < breaks.size(); ++i) {
            at_ = breaks[i];
            if (!give("\n")) return false;
        }
        at_ = end;
        return true;
    }

    void skip_escaped_break() {
        ++at_;
        skip_break();
        while (is_blank(here())) ++at_;
    }

    bool escape() {
        const char kind = source_at(at_ + 1);
        if (is_break(kind)) {
            skip_escaped_break();
            return true;
        }
        const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
        std::uint32_t code = 0x20;
        if (digits > 0) {
            code = 0;
            for (std::size_t i = 0; i < digits; ++i) code = code * 16 + hex(source_at(at_ + 2 + i));
        } else if (kind == 'N' || kind == '_') {
            code = 0x85;
        } else if (kind == 'L' || kind == 'P') {
            code = 0x2028;
        }
        const std::size_t bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        if (offsets_.size() + bytes > value_.size()) return false;
        offsets_.insert(offsets_.end(), bytes, static_cast<std::uint32_t>(at_));
        at_ += 2 + digits;
        return true;
    }

    static std::uint32_t hex(char c) {
        if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
        return static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
    }

    bool close(char quote) {
        while (is_white(here())) ++at_;
        if (here() != quote) return false;
        ++at_;
        return true;
    }

    // The blanks that a block scalar's lines do not own: the blanks of its first line with text, less the value's own.
    std::size_t block_indent() const {
        const std::size_t own = leading_blanks(value_, 0);
        const std::size_t line = leading_blanks(source_, at_);
        return line > own ? line - own : 0;
    }

    // Spaces before the first character that is neither space nor break, from the start of its line.
    static std::size_t leading_blanks(std::string_view text, std::size_t from) {
        std::size_t blanks = 0;
        for (std::size_t i = from; i < text.size(); ++i) {
            if (text[i] == ' ') ++blanks;
            else if (is_break(text[i])) blanks = 0;
            else break;
        }
        return blanks;
    }

    void skip_indent(std::size_t indent) {
        for (std::size_t i = 0; i < indent && here() == ' '; ++i) ++at_;
    }

    // The last line of a file may lack the break that the value has.
    bool rest_is_breaks() {
        while (!done()) {
            if (next() != '\n') return false;
            offsets_.push_back(static_cast<std::uint32_t>(source_.size()));
        }
        return true;
    }

    std::string_view source_, value_;
    std::size_t at_;
    std::vector<std::uint32_t>& offsets_;
    bool blank_line_ = false;
};

// Tags and anchors before a scalar, in either order; leaves `at` on the scalar.
void skip_properties(std::string_view source, std::size_t& at, bool in_flow, Scan& scan) {
    const auto here = [&](std::size_t i) { return i < source.size() ? source[i] : '\0'; };
    scan.property_begin = scan.property_end = at;
    while (here(at) == '!' || here(at) == '&') {
        while (at < source.size() && !is_white(source[at])) {
            if (in_flow && std::string_view(",[]{}").find(source[at]) != std::string_view::npos) break;
            ++at;
        }
        scan.property_end = at;
        while (is_white(here(at)) || (here(at) == '#' && is_white(here(at - 1)))) {
            if (here(at) != '#') ++at;
            else
                while (at < source.size() && source[at] != '\n') ++at;
        }
    }
}

Tree::Style style_at(std::string_view source, std::size_t at) {
    switch (at < source.size() ? source[at] : '\0') {
        case '\'': return Tree::Style::single_quoted;
        case '"': return Tree::Style::double_quoted;
        case '|': return Tree::Style::literal;
        case '>': return Tree::Style::folded;
        default: return Tree::Style::plain;
    }
}

bool comment_at(std::string_view source, std::size_t at) {
    const std::size_t begin = at;
    while (at < source.size() && is_blank(source[at])) ++at;
    return at > begin && at < source.size() && source[at] == '#';
}

// Whether the quoted text at `at` has its last quote.
bool closed(std::string_view source, std::size_t at) {
    const char quote = source[at];
    while (++at < source.size()) {
        if (quote == '"' && source[at] == '\\') {
            ++at;
        } else if (source[at] == quote) {
            if (quote == '"' || at + 1 == source.size() || source[at + 1] != quote) return true;
            ++at;
        }
    }
    return false;
}

}  // namespace

Scan scan_scalar(std::string_view source, std::size_t at, std::string_view value, bool in_flow) {
    Scan scan;
    at = std::min(at, source.size());
    skip_properties(source, at, in_flow, scan);
    scan.style = style_at(source, at);
    scan.begin = scan.end = at;
    Walk walk(source, at, value, scan.offsets);
    switch (scan.style) {
        case Tree::Style::plain: scan.exact = walk.plain(); break;
        case Tree::Style::single_quoted: scan.exact = walk.single_quoted(); break;
        case Tree::Style::double_quoted: scan.exact = walk.double_quoted(); break;
        case Tree::Style::literal:
        case Tree::Style::folded: scan.exact = walk.block(); break;
    }
    scan.offsets.resize(value.size(), static_cast<std::uint32_t>(at));
    if (scan.style == Tree::Style::literal || scan.style == Tree::Style::folded) {
        scan.end = at + 1;
    } else if (scan.exact) {
        scan.end = walk.at();
    }
    const bool quoted = scan.style == Tree::Style::single_quoted || scan.style == Tree::Style::double_quoted;
    if (quoted && !scan.exact) scan.closed = closed(source, scan.begin);
    if (scan.style == Tree::Style::plain) scan.comment_follows = comment_at(source, scan.end);
    return scan;
}

}  // namespace flowrun::flow

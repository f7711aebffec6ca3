#include "expr/lexer.hh"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "expr/foreign.hh"

namespace flowrun::expr {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool hex_digit(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool word_character(char c) { return letter(c) || digit(c); }

// The whole character that begins at `at`, so that a message never shows half of one.
std::string_view character_at(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    return text.substr(at, end - at);
}

struct Symbol {
    std::string_view text;
    Word word;
};
constexpr std::array symbols{
    Symbol{"||", Word::or_},           Symbol{"&&", Word::and_},         Symbol{"<=", Word::less_equal},
    Symbol{">=", Word::greater_equal}, Symbol{"==", Word::equal},        Symbol{"!=", Word::not_equal},
    Symbol{"<", Word::less},           Symbol{">", Word::greater},       Symbol{"+", Word::plus},
    Symbol{"-", Word::minus},          Symbol{"*", Word::star},          Symbol{"/", Word::slash},
    Symbol{"%", Word::percent},        Symbol{"!", Word::not_},          Symbol{"?", Word::question},
    Symbol{":", Word::colon},          Symbol{".", Word::dot},           Symbol{",", Word::comma},
    Symbol{"[", Word::open_bracket},   Symbol{"]", Word::close_bracket}, Symbol{"{", Word::open_brace},
    Symbol{"}", Word::close_brace},    Symbol{"(", Word::open_paren},    Symbol{")", Word::close_paren},
};

}  // namespace

Token Lexer::make(Word word, std::size_t from) const {
    return {word, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(at_ - from),
            text_.substr(from, at_ - from)};
}

Token Lexer::bad(std::size_t from, std::size_t to, std::string message, std::string remedy) {
    problem_ = {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to - from), std::move(message),
                std::move(remedy)};
    at_ = text_.size();
    return {Word::bad, static_cast<std::uint32_t>(from), 0, {}};
}

bool Lexer::skip_space() {
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            ++at_;
        } else if (c == '/' && peek(1) == '/') {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else {
            return true;
        }
    }
    return false;
}

Token Lexer::next() {
    if (!skip_space()) return make(Word::end, at_);
    const char c = peek();
    if (const auto prefix = string_prefix()) return string(*prefix);
    if (letter(c)) return identifier();
    if (c == '`') return quoted_identifier();
    if (digit(c) || (c == '.' && digit(peek(1)))) return number();
    return operator_();
}

Token Lexer::identifier() {
    const std::size_t from = at_;
    while (word_character(peek())) ++at_;
    const std::string_view name = text_.substr(from, at_ - from);
    if (name == "true") return make(Word::true_, from);
    if (name == "false") return make(Word::false_, from);
    if (name == "null") return make(Word::null, from);
    if (name == "in") return make(Word::in, from);
    return make(Word::identifier, from);
}

Token Lexer::quoted_identifier() {
    const std::size_t from = at_++;
    while (word_character(peek()) ||
           (peek() != '\0' && std::string_view(".-/ ").find(peek()) != std::string_view::npos)) {
        ++at_;
    }
    if (peek() != '`' || at_ == from + 1) {
        return bad(
            from, at_, "a name in backticks is not complete",
            "letters, digits, '_', '.', '-', '/' and spaces may stand between backticks; for other keys write ['key']");
    }
    ++at_;
    Token token = make(Word::quoted_identifier, from);
    token.text = token.text.substr(1, token.text.size() - 2);
    return token;
}

Token Lexer::radix_number(std::size_t from) {
    at_ += 2;
    while (hex_digit(peek())) ++at_;
    if (at_ == from + 2) return bad(from, at_, "a hexadecimal number needs digits after 0x");
    Word word = Word::integer;
    if (peek() == 'u' || peek() == 'U') {
        ++at_;
        word = Word::unsigned_;
    }
    if (word_character(peek())) return bad(from, at_ + 1, "this is neither a number nor a name");
    return make(word, from);
}

Token Lexer::number() {
    const std::size_t from = at_;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) return radix_number(from);
    Word word = Word::integer;
    while (digit(peek())) ++at_;
    if (peek() == '.' && digit(peek(1))) {
        word = Word::real;
        ++at_;
        while (digit(peek())) ++at_;
    }
    const bool sign = peek(1) == '+' || peek(1) == '-';
    if ((peek() == 'e' || peek() == 'E') && digit(peek(sign ? 2 : 1))) {
        word = Word::real;
        at_ += sign ? 2 : 1;
        while (digit(peek())) ++at_;
    }
    if (word == Word::integer && (peek() == 'u' || peek() == 'U')) {
        ++at_;
        word = Word::unsigned_;
    }
    if (word_character(peek())) {
        return bad(from, at_ + 1, "this is neither a number nor a name", "names begin with a letter or '_'");
    }
    return make(word, from);
}

Token Lexer::operator_() {
    const std::size_t from = at_;
    const std::string_view rest = text_.substr(at_);
    if (const Foreign sign = foreign_sign(rest); !sign.text.empty()) {
        return bad(from, from + sign.text.size(), fmt::format("'{}' means nothing here", sign.text),
                   std::string(sign.remedy));
    }
    for (const Symbol& symbol : symbols) {
        if (!rest.starts_with(symbol.text)) continue;
        at_ += symbol.text.size();
        return make(symbol.word, from);
    }
    const std::string_view what = character_at(text_, at_);
    const std::size_t end = at_ + what.size();
    if (what == "=") return bad(from, end, "'=' means nothing here", "to compare write '=='");
    if (what == "&") return bad(from, end, "'&' means nothing here", "logical and is '&&'");
    if (what == "|") return bad(from, end, "'|' means nothing here", "logical or is '||'");
    if (what == "$") {
        return bad(from, end, "'$' means nothing here",
                   peek(1) == '{' ? "inside an expression names stand without ${ }"
                                  : "inside an expression names stand without '$': msg.id");
    }
    if (static_cast<unsigned char>(what[0]) < 0x20) {
        return bad(from, end, fmt::format("a control character (0x{:02x}) stands here", what[0]), "remove it");
    }
    return bad(from, end, fmt::format("'{}' means nothing here", what), "text is written in quotes");
}

std::optional<std::size_t> Lexer::string_prefix() const {
    std::size_t prefix = 0;
    bool raw = false, bytes = false;
    for (;; ++prefix) {
        const char c = peek(prefix);
        if (c == '"' || c == '\'') return prefix;
        if ((c == 'r' || c == 'R') && !raw) {
            raw = true;
        } else if ((c == 'b' || c == 'B') && !bytes && !raw) {
            bytes = true;
        } else {
            return std::nullopt;
        }
    }
}

Token Lexer::string(std::size_t prefix) {
    const std::size_t from = at_;
    bool raw = false, bytes = false;
    for (std::size_t i = 0; i < prefix; ++i) {
        raw = raw || peek(i) == 'r' || peek(i) == 'R';
        bytes = bytes || peek(i) == 'b' || peek(i) == 'B';
    }
    at_ += prefix;
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    for (;; ++at_) {
        if (at_ >= text_.size())
            return bad(from, from + prefix + 1, "this text is not closed", fmt::format("add the closing {}", quote));
        const char c = text_[at_];
        if (c == '\\' && !raw) {
            ++at_;
        } else if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
            break;
        } else if ((c == '\n' || c == '\r') && !triple) {
            return bad(from, at_, "this text is not closed at the end of its line",
                       fmt::format("add the closing {0}, or use {0}{0}{0} for text of several lines", quote));
        }
    }
    at_ += triple ? 3 : 1;
    return make(bytes ? Word::bytes : Word::string, from);
}

std::optional<std::size_t> matching_brace(std::string_view text, std::size_t start) {
    Lexer lexer(text, start);
    std::size_t open = 0;
    for (;;) {
        const Token token = lexer.next();
        if (token.is(Word::end) || token.is(Word::bad)) return std::nullopt;
        if (token.is(Word::open_brace)) ++open;
        if (token.is(Word::close_brace) && open-- == 0) return token.offset;
    }
}

}  // namespace flowrun::expr

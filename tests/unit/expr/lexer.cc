// Tokens of an expression, and where one ends in a text.

#include "expr/lexer.hh"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expr/literal.hh"

using namespace flowrun::expr;
using Strings = std::vector<std::string>;

namespace {

Strings tokens(std::string_view text) {
    Strings out;
    Lexer lexer(text);
    for (;;) {
        const Token token = lexer.next();
        if (token.is(Word::end)) return out;
        if (token.is(Word::bad)) {
            out.push_back("!" + std::to_string(lexer.problem().offset) + " " + lexer.problem().message);
            return out;
        }
        // A quoted identifier's text is without its quotes; all others stand where they say.
        if (!token.is(Word::quoted_identifier)) CHECK(text.substr(token.offset, token.length) == token.text);
        out.emplace_back(token.text);
    }
}

Word only(std::string_view text) {
    Lexer lexer(text);
    const Token token = lexer.next();
    if (!lexer.next().is(Word::end)) return Word::bad;
    return token.word;
}

std::string string_of(std::string_view text) {
    Lexer lexer(text);
    const Token token = lexer.next();
    if (token.is(Word::bad)) return "!" + lexer.problem().message;
    const auto read = read_string(token);
    return read ? *read : "!" + std::to_string(read.error().offset);
}

}  // namespace

TEST_CASE("an expression is cut into tokens, spaces and comments between them") {
    CHECK(tokens("").empty());
    CHECK(tokens(" \t\r\n// nothing").empty());
    CHECK(tokens("a.b[0] + 1") == Strings{"a", ".", "b", "[", "0", "]", "+", "1"});
    CHECK(tokens("a// b\n&&c") == Strings{"a", "&&", "c"});
    CHECK(tokens("a<=b>=c<d>e==f!=g") == Strings{"a", "<=", "b", ">=", "c", "<", "d", ">", "e", "==", "f", "!=", "g"});
    CHECK(tokens("-1 - -x") == Strings{"-", "1", "-", "-", "x"});
    CHECK(tokens("{'a': 1}?.b") == Strings{"{", "'a'", ":", "1", "}", "?", ".", "b"});
    CHECK(tokens("msg.`a-b`") == Strings{"msg", ".", "a-b"});
}

TEST_CASE("words of the language are told from names that begin alike") {
    CHECK(only("in") == Word::in);
    CHECK(only("true") == Word::true_);
    CHECK(only("false") == Word::false_);
    CHECK(only("null") == Word::null);
    for (const char* name : {"inn", "trueish", "nullable", "_in", "In", "true_"}) CHECK(only(name) == Word::identifier);
}

TEST_CASE("numbers are whole, unsigned or real by their form") {
    for (const char* text : {"0", "12", "0x1F", "0XAB"}) CHECK(only(text) == Word::integer);
    for (const char* text : {"0u", "12U", "0x1Fu"}) CHECK(only(text) == Word::unsigned_);
    for (const char* text : {"1.5", "1e3", "1E-3", "1.5e+10", ".5"}) CHECK(only(text) == Word::real);
    CHECK(tokens("1.a") == Strings{"1", ".", "a"});
    CHECK(tokens("1..2").size() >= 2);
    CHECK(tokens("0x") == Strings{"!0 a hexadecimal number needs digits after 0x"});
    CHECK(tokens("12ab") == Strings{"!0 this is neither a number nor a name"});
}

TEST_CASE("texts may be raw, bytes, and of three quotes") {
    CHECK(only("'a'") == Word::string);
    CHECK(only("\"a'b\"") == Word::string);
    CHECK(only("r'\\'") == Word::string);
    CHECK(only("b'a'") == Word::bytes);
    CHECK(only("br\"\\x\"") == Word::bytes);
    CHECK(only("'''a\n'b'''") == Word::string);
    CHECK(string_of("'''a\n'b'''") == "a\n'b");
    CHECK(string_of("r'\\n'") == "\\n");
    CHECK(string_of(R"('\n\t\\\'\"\x41\u00e9\U0001F600\101')") == "\n\t\\'\"Aé😀A");
    CHECK(string_of("'a\\qb'").starts_with("!"));
    CHECK(string_of("'\\ud800'").starts_with("!"));
    CHECK(string_of("'a") == "!this text is not closed");
    CHECK(string_of("'a\nb'") == "!this text is not closed at the end of its line");
}

TEST_CASE("a character that means nothing is told with what may have been meant") {
    const auto remedy = [](std::string_view text) {
        Lexer lexer(text);
        while (!lexer.next().is(Word::bad)) {}
        return lexer.problem().remedy;
    };
    CHECK(remedy("a = b") == "to compare write '=='");
    CHECK(remedy("a & b") == "logical and is '&&'");
    CHECK(remedy("a | b") == "logical or is '||'");
    CHECK(remedy("${a}") == "inside an expression names stand without ${ }");
    CHECK(remedy("a \x01") == "remove it");
    CHECK(remedy("§") == "text is written in quotes");
}

TEST_CASE("after the end comes the end again") {
    Lexer lexer("a");
    (void)lexer.next();
    for (int i = 0; i < 3; ++i) CHECK(lexer.next().is(Word::end));
}

TEST_CASE("a brace is matched past those of maps and within texts") {
    const auto matched = [](std::string_view text) {
        const auto at = matching_brace(text, 0);
        return at ? std::string(text.substr(0, *at)) : "(none)";
    };
    CHECK(matched("a} b") == "a");
    CHECK(matched("{'a': {'b': 1}}.a} }") == "{'a': {'b': 1}}.a");
    CHECK(matched("'}' + \"}\"} x") == "'}' + \"}\"");
    CHECK(matched("'''}''' } ") == "'''}''' ");
    CHECK(matched("a // }\n} ") == "a // }\n");
    CHECK(matched("a") == "(none)");
    CHECK(matched("'}") == "(none)");
    CHECK(matched("{a") == "(none)");
    CHECK(matching_brace("x${a}", 3) == std::size_t{4});
}

TEST_CASE("literals hold what fits and refuse the next") {
    const auto token = [](std::string_view text) { return Lexer(text).next(); };
    CHECK(read_integer(token("9223372036854775807"), false) == INT64_MAX);
    CHECK_FALSE(read_integer(token("9223372036854775808"), false));
    CHECK(read_integer(token("9223372036854775808"), true) == INT64_MIN);
    CHECK_FALSE(read_integer(token("9223372036854775809"), true));
    CHECK(read_integer(token("0x7fffffffffffffff"), false) == INT64_MAX);
    CHECK(read_unsigned(token("18446744073709551615u")) == UINT64_MAX);
    CHECK_FALSE(read_unsigned(token("18446744073709551616u")));
    CHECK(read_unsigned(token("0xFFu")) == 255u);
    CHECK(read_real(token("1.5e2")) == 150.0);
    CHECK(read_real(token("1e-400")) == 0.0);
    CHECK_FALSE(read_real(token("1e400")));
}

TEST_CASE("every code point is written as UTF-8") {
    const auto of = [](std::uint32_t code) {
        std::string out;
        append_utf8(out, code);
        return out;
    };
    CHECK(of(0x24) == "$");
    CHECK(of(0x7F) == "\x7F");
    CHECK(of(0x80) == "\xC2\x80");
    CHECK(of(0x7FF) == "\xDF\xBF");
    CHECK(of(0x800) == "\xE0\xA0\x80");
    CHECK(of(0xFFFF) == "\xEF\xBF\xBF");
    CHECK(of(0x10000) == "\xF0\x90\x80\x80");
    CHECK(of(0x10FFFF) == "\xF4\x8F\xBF\xBF");
}

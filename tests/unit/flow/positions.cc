// The position of a mistake inside a scalar, wherever escapes, folds, indentation and wide characters have put it.

#include <catch2/catch.hpp>

#include "told.hh"

using namespace flowrun::flow;

namespace {

// Line and column of the only '@', counted afresh: code points, both from 1.
std::pair<std::uint32_t, std::uint32_t> at_sign(std::string_view text) {
    std::uint32_t line = 1, column = 1;
    for (const char c : text) {
        if (c == '@') break;
        if (c == '\n') {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++column;
        }
    }
    return {line, column};
}

struct Notation {
    const char* name;
    std::string before, scalar, after;
};

const std::string head =
    "flowrun: 1\n# žluťoučký 🐎 kůň\nnodes:\n  a: { uses: generate }\n  b: { uses: pass }\nedges:\n";

std::vector<Notation> notations() {
    return {
        {"plain", head + "  - a -> b:\n      when: ", "msg.a != 'žlutý 🐎' && msg.x && msg.total > 10", "\n"},
        {"plain over lines",
         head + "  - a -> b:\n      when: ", "msg.a == 'kůň'\n         && msg.x\n\n         && msg.total > 10", "\n"},
        {"single quoted", head + "  - a -> b:\n      when: ", "'''žlutý 🐎'' == msg.x && msg.total > 10'", "\n"},
        {"double quoted",
         head + "  - a -> b:\n      when: ", R"("'\u017elut\xfd \U0001F40E \"' == msg.x && msg.total > 10")", "\n"},
        {"double quoted over lines", head + "  - a -> b:\n      when: ",
         "\"'ž' == msg.x \\\n          && msg.y\n\n        == 1 && \\\n        msg.total > 10\"", "\n"},
        {"literal", head + "  - a -> b:\n      when: ",
         "|\n        'žlutý 🐎' == msg.x &&\n          msg.total > 10 &&\n\n        msg.y == 1", "\n"},
        {"folded and stripped", head + "  - a -> b:\n      when: ",
         ">-\n        'žlutý 🐎' == msg.x &&\n        msg.total > 10 &&\n\n          msg.y\n        == 1", "\n"},
        {"literal with an indentation said",
         head + "  - a -> b:\n      when: ", "|2-\n          'ž' == msg.x &&\n        msg.total > 10", "\n"},
        {"in a flow map", head + "  - a -> b: { ", "when: msg.a != 'žlutý 🐎' && msg.x && msg.total > 10",
         " , timeout: 5s }\n"},
        {"quoted in a flow map",
         head + "  - a -> b: { key: \"'š'\", when: ", "\"'žlutý 🐎' == msg.x && msg.total > 10\"", "}\n"},
        {"the long form",
         head + "  - { from: a, to: b, key: \"'🐎'\", when: ", "'msg.a != ''ž'' && msg.x && msg.total > 10'", "}\n"},
    };
}

}  // namespace

TEST_CASE("a mistake at any character of an expression is told at that character") {
    for (const Notation& notation : notations()) {
        // From msg.x on there are no strings, so that '@' is a mistake everywhere.
        const std::size_t tail = notation.scalar.find("msg.x");
        std::size_t tried = 0;
        for (std::size_t i = tail + 1; i < notation.scalar.size(); ++i) {
            const char here = notation.scalar[i];
            const bool name = (here >= 'a' && here <= 'z') || (here >= '0' && here <= '9');
            if (!name || notation.scalar[i - 1] == '\\') continue;
            std::string scalar = notation.scalar;
            scalar[i] = '@';
            const Told told(notation.before + scalar + notation.after);
            const auto [line, column] = at_sign(told.source->text());
            INFO(notation.name << ", byte " << i << "\n" << scalar << "\n" << told.all());
            REQUIRE(told.checked.issues.errors() >= 1);
            const Place& place = told.checked.issues.all()[0].place;
            CHECK(place.line == line);
            CHECK(place.column == column);
            ++tried;
        }
        INFO(notation.name);
        CHECK(tried > 10);
    }
}

TEST_CASE("a mistake in a template is told inside its braces") {
    const auto told_at = [](const std::string& with) {
        return Told("flowrun: 1\nnodes:\n  a: { uses: generate }\n  b:\n    uses: http.get\n    with:\n" + with +
                    "edges:\n  - a -> b\n");
    };
    for (const std::string& with : std::vector<std::string>{
             "      url: http://ž/${msg.a}/🐎/${msg.b @ 1}\n",
             "      url: \"http://\\u017e/${msg.a}/🐎/${msg.b @ 1}\"\n",
             "      url: 'http://''ž''/${msg.a}/🐎/${msg.b @ 1}'\n",
             "      url: >-\n        http://ž/${msg.a}/\n        🐎/${msg.b\n        @ 1}\n",
             "      url: |\n        http://ž/${msg.a}/\n        🐎/${msg.b\n          @ 1}\n",
             "      url: x\n      headers: { 'ž': y, x-t: \"🐎 ${msg.b @ 1}\" }\n",
         }) {
        const Told told = told_at(with);
        const auto [line, column] = at_sign(told.source->text());
        INFO(with << told.all());
        REQUIRE(told.checked.issues.errors() >= 1);
        CHECK(told.checked.issues.all()[0].place.line == line);
        CHECK(told.checked.issues.all()[0].place.column == column);
    }
}

TEST_CASE("a mistake in an arrow is told at its word, also in a quoted or wide one") {
    for (const std::string& edge : std::vector<std::string>{
             "  - a -> @\n", "  - \"a -> @\"\n", "  - 'a -> @'\n", "  - a -> [b, @]\n", "  - \"a\\x20-> @\"\n",
             "  - >-\n    a\n    -> @\n", "  - a -> @:\n      timeout: 1s\n", "  - \"a -> @\": { timeout: 1s }\n",
             "  - { \"a -> @\": { timeout: 1s } }\n"}) {
        const Told told(head + edge);
        const auto [line, column] = at_sign(told.source->text());
        INFO(edge << told.all());
        REQUIRE(told.checked.issues.errors() >= 1);
        CHECK(told.checked.issues.all()[0].place.line == line);
        CHECK(told.checked.issues.all()[0].place.column == column);
    }
}

TEST_CASE("lines that end in CR LF and a byte order mark move no position") {
    std::string text =
        "\xEF\xBB\xBF" + head + "  - a -> b:\n      when: >-\n        'ž' == msg.x\n        && msg.y @ 1\n";
    std::string crlf;
    for (const char c : text) crlf += c == '\n' ? "\r\n" : std::string(1, c);
    const Told told(crlf);
    INFO(told.all());
    REQUIRE(told.checked.issues.errors() >= 1);
    CHECK(told.checked.issues.all()[0].place.line == 10);
    CHECK(told.checked.issues.all()[0].place.column == 18);
}

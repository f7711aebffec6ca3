// The language itself: words, numbers, operators, macros.

#include <catch2/catch.hpp>

#include "evaluated.hh"

using namespace flowrun::expr;
using namespace flowrun::expr::test;

TEST_CASE("an int or uint beside a double makes a double, and int beside uint is refused, for each operator") {
    const std::string i = R"({"int":)", u = R"({"uint":)", d = R"({"double":)";
    struct Pair {
        const char* left;
        const char* right;
        std::string kind;  // empty: an error
    };
    const std::vector<Pair> pairs{{"7", "2", i},    {"7u", "2u", u}, {"7.0", "2.0", d},
                                  {"7", "2.0", d},  {"7.0", "2", d}, {"7u", "2.0", d},
                                  {"7.0", "2u", d}, {"7", "2u", ""}, {"7u", "2", ""}};
    for (const Pair& pair : pairs) {
        for (const char* sign : {"+", "-", "*", "/", "%"}) {
            for (const Checking checking : {Checking::strict, Checking::lenient}) {
                const std::string text = std::string(pair.left) + sign + pair.right;
                const std::string got = typed(text, {}, checking);
                INFO(text << " gives " << got);
                const bool refused = pair.kind.empty() || (*sign == '%' && pair.kind == d);
                CHECK(got.starts_with(refused ? "error: " : pair.kind));
            }
        }
    }
}

TEST_CASE("numbers of every pair of types are compared by their value") {
    for (const char* a : {"1", "1u", "1.0"}) {
        for (const char* b : {"2", "2u", "2.0"}) {
            const std::string x = a, y = b;
            CHECK(holds(x + "<" + y + " && " + y + ">" + x + " && " + x + "!=" + y + " && " + x + "<=" + y + " && !(" +
                        x + "==" + y + ")"));
        }
        for (const char* b : {"1", "1u", "1.0"})
            CHECK(holds(std::string(a) + " == " + b + " && " + a + " in [" + b + "]"));
    }
    CHECK(holds("-1 < 0u"));
    CHECK(holds("9223372036854775807 < 9223372036854775808u"));
    CHECK(holds("0.0/0.0 != 0.0/0.0 && !(0.0/0.0 < 1) && !(0.0/0.0 >= 1)"));
}

TEST_CASE("integers never wrap") {
    for (const char* text : {"9223372036854775807 + 1", "-9223372036854775808 - 1", "9223372036854775807 * 2",
                             "-(-9223372036854775808)", "-9223372036854775808 / -1", "-9223372036854775808 % -1",
                             "18446744073709551615u + 1u", "0u - 1u", "18446744073709551615u * 2u"}) {
        INFO(text);
        CHECK(fails(typed(text), "beyond the range"));
    }
    CHECK(typed("-9223372036854775808") == with_int(INT64_MIN));
    CHECK(fails(typed("9223372036854775808"), "beyond the range of int"));
    CHECK(fails(typed("1e400"), "beyond the range of double"));
    CHECK(fails(typed("-1e400"), "beyond the range of double"));
    CHECK(typed("1e-400") == R"({"double":"0.0"})");
    CHECK(fails(typed("7 / 0"), "division by zero"));
    CHECK(fails(typed("7u % 0u"), "modulus by zero"));
    CHECK(typed("7.0 / 0") == R"({"double":"Infinity"})");
}

TEST_CASE("numbers from JSON stay exact, and those beyond every type fail only when they are read") {
    CHECK(typed("m", {{"m", "9007199254740993"}}) == with_int(9007199254740993));
    CHECK(typed("m + 1", {{"m", "9223372036854775806"}}) == with_int(INT64_MAX));
    CHECK(typed("m", {{"m", "18446744073709551615"}}) == R"({"uint":"18446744073709551615"})");
    CHECK(typed("m", {{"m", "1.0"}}) == R"({"double":"1.0"})");
    CHECK(typed("m.a", {{"m", R"({"a":123456789012345678901234567890})"}}) ==
          R"({"number":"123456789012345678901234567890"})");
    CHECK(fails(typed("m.a > 1", {{"m", R"({"a":1e400})"}}), "beyond 64 bits and double"));
    CHECK(fails(typed("m.a == 1", {{"m", R"({"a":1e400})"}}), "beyond 64 bits and double"));
    CHECK(fails(typed("m.a + 1", {{"m", R"({"a":1e400})"}}), "beyond 64 bits and double"));
    CHECK(fails(typed("string(m.a)", {{"m", R"({"a":1e400})"}}), "beyond 64 bits and double"));
}

TEST_CASE("words that look like parts of others are kept apart") {
    CHECK(typed("1-1") == with_int(0));
    CHECK(typed("1 -1") == with_int(0));
    CHECK(typed("- 1") == with_int(-1));
    CHECK(typed("--1") == with_int(1));
    CHECK(typed("2--1") == with_int(3));
    CHECK(typed("[1].size()") == with_int(1));
    CHECK(typed("0x10 + 0XfF") == with_int(271));
    CHECK(typed("-0x1") == with_int(-1));
    CHECK(typed(".5 + 1e2 + 1.5e-1") == R"({"double":"100.65"})");
    CHECK(typed("'a' // a comment\n + 'b'") == with_string("ab"));
    CHECK(typed("{'in': 1}['in']") == with_int(1));
    CHECK(typed("{'a': {'b': 2}}.a.b") == with_int(2));
    CHECK(typed("{'a-b c': 2}.`a-b c`") == with_int(2));
    CHECK(typed("[1, 2,]") == typed("[1, 2]"));
    CHECK(typed("{1: 2,}") == typed("{1: 2}"));
    for (const char* text : {"1x",
                             "0x",
                             "1e",
                             "0xg",
                             "a b",
                             "1 2",
                             "'a",
                             "'''a''",
                             "'a\nb'",
                             "b'\\u0041'",
                             "'\\q'",
                             "'\\ud800'",
                             "'\\U00110000'",
                             "'\\400'",
                             "'\\x1'",
                             "rb'a'",
                             "@",
                             "#",
                             "a = 1",
                             "1 & 2",
                             "`a`",
                             "",
                             "   ",
                             "// only",
                             ".",
                             "a.",
                             "a.1",
                             "(1",
                             "[1",
                             "{1:2",
                             "{1}",
                             "f(",
                             "f(1,)",
                             "if",
                             "a.b.true",
                             "null()",
                             "1 in",
                             "x.map()",
                             "has(1)",
                             "has(a)",
                             "[1].map(1, 2)",
                             "[1].all(x.y, true)"}) {
        INFO(text);
        CHECK(fails(typed(text, {{"a", "{}"}})));
    }
}

TEST_CASE("operators bind as the specification orders them") {
    CHECK(typed("1 + 2 * 3 - 4 / 2") == with_int(5));
    CHECK(typed("2 * 3 % 4") == with_int(2));
    CHECK(typed("10 - 3 - 2") == with_int(5));
    CHECK(holds("1 + 1 == 2 && 2 < 3 || false"));
    CHECK(holds("true || true && false"));
    CHECK(holds("!false && !(1 > 2)"));
    CHECK(typed("true ? 1 : true ? 2 : 3") == with_int(1));
    CHECK(typed("false ? 1 : false ? 2 : 3") == with_int(3));
    CHECK(typed("-1 + 2") == with_int(1));
    CHECK(holds("1 in [1] == true"));
    CHECK(typed("-[5][0]") == with_int(-5));
}

TEST_CASE("a decided && or || swallows the errors of its other operands on either side") {
    for (const char* text : {"false && 1/0 > 0", "1/0 > 0 && false", "true && false && 1/0 > 0", "!(true || 1/0 > 0)",
                             "!(1/0 > 0 || true)"}) {
        INFO(text);
        CHECK(typed(text) == R"({"bool":false})");
    }
    for (const char* text :
         {"true && 1/0 > 0", "1/0 > 0 && true", "false || 1/0 > 0", "1/0 > 0 || false", "1/0 > 0 ? 1 : 2"}) {
        INFO(text);
        CHECK(fails(typed(text), "division by zero"));
    }
    CHECK(typed("true ? 1 : 1/0") == with_int(1));
    CHECK(fails(typed("dyn(1) && true"), "needs a bool"));
    CHECK(typed("dyn(1) && false") == R"({"bool":false})");
}

TEST_CASE("reading what is not there is an error that names it, never a null") {
    const Bindings m{{"m", R"({"a":null,"b":{"c":1},"l":[1,2],"s":"x"})"}};
    CHECK(typed("m.a", m) == R"({"null":null})");
    CHECK(fails(typed("m.nope", m), "no such key: 'nope'"));
    CHECK(fails(typed("m.b.nope", m), "no such key: 'nope'"));
    CHECK(fails(typed("m.a.x", m), "null has no member 'x'"));
    CHECK(fails(typed("m.s.x", m), "string has no members"));
    CHECK(fails(typed("m['nope']", m), "no such key: 'nope'"));
    CHECK(fails(typed("m.l[2]", m), "beyond the list's 2 elements"));
    CHECK(fails(typed("m.l[-1]", m), "beyond the list's 2 elements"));
    CHECK(fails(typed("m.l['a']", m), "whole number"));
    CHECK(typed("m.l[1]", m) == with_int(2));
    CHECK(typed("m.?nope.orValue(5)", m) == with_int(5));
    CHECK(typed("m.?b.c.orValue(5)", m) == with_int(1));
    CHECK(typed("m.l[?9].orValue(5)", m) == with_int(5));
    CHECK(holds("has(m.a) && !has(m.nope) && has(m.b.c) && 'a' in m && !('x' in m)", m));
    CHECK(fails(typed("has(m.nope.x)", m), "no such key: 'nope'"));
    CHECK(typed("{?'a': m.?nope, ?'b': m.?s}", m) == R"({"map":[[{"string":"b"},{"string":"x"}]]})");
    CHECK(typed("[?m.?nope, 1, ?m.?s]", m) == R"({"list":[{"int":"1"},{"string":"x"}]})");
}

TEST_CASE("of a key that JSON has twice the first counts everywhere") {
    const Bindings m{{"m", R"({"a":1,"b":2,"a":3})"}};
    CHECK(typed("m.a", m) == with_int(1));
    CHECK(typed("m['a']", m) == with_int(1));
    CHECK(typed("m.size()", m) == with_int(2));
    CHECK(typed("m.map(k, m[k])", m) == R"({"list":[{"int":"1"},{"int":"2"}]})");
    CHECK(typed("m.transformList(k, v, v)", m) == R"({"list":[{"int":"1"},{"int":"2"}]})");
    CHECK(holds("m == {'a': 1, 'b': 2}", m));
    CHECK(typed("m", m) == R"({"map":[[{"string":"a"},{"int":"1"}],[{"string":"b"},{"int":"2"}]]})");
}

TEST_CASE("macros go through lists by element and through maps by key") {
    CHECK(typed("[1, 2, 3].map(x, x % 2 == 1, x * 10)") == R"({"list":[{"int":"10"},{"int":"30"}]})");
    CHECK(typed("{'a': 1}.map(k, k)") == R"({"list":[{"string":"a"}]})");
    CHECK(typed("{'a': 1, 'b': 2}.filter(k, k == 'b')") == R"({"list":[{"string":"b"}]})");
    CHECK(typed("['x', 'y'].transformMap(i, v, i)") ==
          R"({"map":[[{"int":"0"},{"int":"0"}],[{"int":"1"},{"int":"1"}]]})");
    CHECK(typed("['x', 'y'].transformMapEntry(i, v, {v: i})") ==
          R"({"map":[[{"string":"x"},{"int":"0"}],[{"string":"y"},{"int":"1"}]]})");
    CHECK(fails(typed("[1, 1].transformMapEntry(i, v, {v: i})"), "a key comes twice"));
    CHECK(fails(typed("dyn(1).all(x, true)"), "goes through a list or a map"));
    CHECK(fails(typed("[1].all(x, dyn(x))"), "the predicate gives int"));
    CHECK(holds("[1, 2].exists(x, [x].all(y, y == x && x > 1))"));
    CHECK(typed("[[1, 2], [3]].map(l, l.map(x, x + l.size()))") ==
          R"({"list":[{"list":[{"int":"3"},{"int":"4"}]},{"list":[{"int":"4"}]}]})");
    CHECK(typed("cel.bind(x, 5, cel.bind(y, x + 1, x * y))") == with_int(30));
    CHECK(typed("[1].map(x, .x)", {{"x", "7"}}) == R"({"list":[{"int":"7"}]})");
    CHECK(typed("[{'a': 2}, {'a': 1}].sortBy(e, e.a).map(e, e.a)") == R"({"list":[{"int":"1"},{"int":"2"}]})");
    CHECK(
        typed("['aa', 'b', 'cc'].groupBy(s, s.size())") ==
        R"({"map":[[{"int":"2"},{"list":[{"string":"aa"},{"string":"cc"}]}],[{"int":"1"},{"list":[{"string":"b"}]}]]})");
    CHECK(fails(typed("[1, 'a'].sortBy(e, e)"), "cannot be sorted together"));
}

// Expressions that mean harm: each ends, soon, with a clear error or a result.

#include <catch2/catch.hpp>
#include <chrono>

#include "evaluated.hh"

using namespace flowrun::expr;
using namespace flowrun::expr::test;

namespace {

std::string times(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

// Small, so that the tests are quick also where everything is watched.
const Limits tight{.steps = 200'000, .memory = 4u << 20};

}  // namespace

TEST_CASE("nesting deeper than the limit is refused, whatever nests") {
    for (const auto& [open, middle, close] :
         std::vector<std::tuple<const char*, const char*, const char*>>{{"(", "1", ")"},
                                                                        {"[", "", "]"},
                                                                        {"!", "true", ""},
                                                                        {"-", "1.0", ""},
                                                                        {"{1:", "1", "}"},
                                                                        {"size(", "''", ")"},
                                                                        {"a[", "0", "]"},
                                                                        {"true?1:", "1", ""},
                                                                        {"[1].map(x,", "x", ")"},
                                                                        {"cel.bind(x,1,", "x", ")"},
                                                                        {"has(a.", "b", ")"},
                                                                        {"1+(", "1", ")"}}) {
        const std::string text = times(open, 100'000) + middle + times(close, 100'000);
        INFO(open);
        CHECK(fails(typed(text, {{"a", "[0]"}})));
    }
    for (const char* link : {"+1", ".a", "[0]", "-1", "*2", "==1", " in [1]", ".size()"}) {
        INFO(link);
        CHECK(fails(typed("1" + times(link, 1000), {}, Checking::lenient)));
        CHECK(fails(typed("1" + times(link, 100'000), {}, Checking::lenient)));
    }
    CHECK_FALSE(fails(typed(times("[", 200) + times("]", 200))));
    CHECK(typed("1" + times("+1", 200)) == with_int(201));
    CHECK(holds("true" + times(" && true", 10'000)));
    CHECK(holds("false" + times(" || false", 10'000) + " || true"));
}

TEST_CASE("a program beyond its size is refused") {
    CHECK(fails(typed("'" + times("a", max_text) + "'"), "longer than"));
    CHECK(fails(typed("[" + times("1,", max_nodes + 10) + "]"), "parts"));
    CHECK_FALSE(fails(typed("[" + times("1,", 10'000) + "]")));
}

TEST_CASE("loops inside loops end at the limit of steps") {
    const std::string range = "lists.range(1000)";
    const std::string text =
        range + ".all(a," + range + ".all(b," + range + ".all(c," + range + ".all(d, a + b + c + d >= 0))))";
    const auto begin = std::chrono::steady_clock::now();
    CHECK(fails(typed(text, {}, Checking::strict, tight), "more than 200000 steps"));
    CHECK(fails(typed(text), "more than 50000000 steps"));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
    CHECK(fails(typed(times("[0,1].all(x,", 60) + "1/0 > 0" + times(")", 60), {}, Checking::strict, tight), "steps"));
}

TEST_CASE("text and lists that grow by doubling end at the limit of memory") {
    const auto doubled = [](std::size_t count, const std::string& sum) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += "cel.bind(x, " + sum + ", ";
        return "cel.bind(x, m, " + text + "x.size()" + times(")", count) + ")";
    };
    const Bindings text{{"m", "\"abcdefgh\""}}, list{{"m", "[1,2,3,4,5,6,7,8]"}};
    CHECK(fails(typed(doubled(60, "x + x"), text, Checking::strict, tight)));
    CHECK(fails(typed(doubled(60, "x + x"), list, Checking::strict, tight)));
    CHECK(fails(typed(doubled(60, "x + x"), text)));
    CHECK(fails(typed(doubled(60, "[x, x].flatten()"), list, Checking::strict, tight)));
    CHECK(fails(typed(doubled(60, "x.replace('', x)"), text, Checking::strict, tight)));
    CHECK(fails(typed(doubled(60, "'%s%s'.format([x, x])"), text, Checking::strict, tight)));
    CHECK(fails(typed(doubled(60, "[x, x].join(x)"), text, Checking::strict, tight)));
    CHECK(fails(typed(doubled(60, "regex.replace(x, 'a', x)"), text, Checking::strict, tight)));
    CHECK(fails(typed(doubled(60, "toJson([x, x])"), text, Checking::strict, tight)));
    CHECK(fails(typed(doubled(60, "strings.quote(x + x)"), text, Checking::strict, tight)));
    CHECK(fails(typed("lists.range(9223372036854775807)"), "steps"));
    CHECK(fails(typed("lists.range(4000000000)"), "steps"));
}

TEST_CASE("values that share their parts do not escape the limit when they are gone through") {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "cel.bind(x, [x, x], ";
    const std::string close = times(")", 60);
    CHECK(fails(typed("cel.bind(x, [1], " + text + "x == x" + close + ")", {}, Checking::lenient, tight), "steps"));
    CHECK(fails(typed("cel.bind(x, [1], " + text + "'%s'.format([x])" + close + ")", {}, Checking::lenient, tight)));
    CHECK(fails(typed("cel.bind(x, [1], " + text + "x.flatten(100)" + close + ")", {}, Checking::lenient, tight)));
    CHECK(fails(typed("cel.bind(x, [1], " + text + "toJson(x)" + close + ")", {}, Checking::lenient, tight)));
}

TEST_CASE("work that follows from the size of a message counts as steps") {
    const std::string big = "\"" + times("a", 1'000'000) + "\"";
    std::string keys = "{";
    for (int i = 0; i < 20'000; ++i) keys += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    keys += "\"last\":1}";
    const std::string often = "lists.range(20000)";
    for (const char* body : {"x == m", "x < m", "x in [m]", "[m, m, m].sort()[0] == x", "has(o.last) ? 0 : 1", "o.last",
                             "o['last']", "'last' in o", "{m: 1}.size()", "m.startsWith(m)", "int(m) == 1 || true",
                             "duration(m) == duration('1s') || true", "o[m] == 1 || true", "m in o", "o.?last",
                             "[m].distinct()", "m.size()", "o.size()"}) {
        INFO(body);
        CHECK(fails(typed("cel.bind(x, m.replace('b', ''), " + often + ".map(i, " + body + ").size())",
                          {{"m", big}, {"o", keys}}, Checking::lenient, {.steps = 2'000'000, .memory = 256u << 20})));
    }
}

TEST_CASE("failures that are swallowed do not eat the memory") {
    const Bindings m{{"m", "\"" + times("k", 100'000) + "\""}};
    CHECK(fails(typed("lists.range(1000000).exists(i, {}[m] == i)", m, Checking::lenient,
                      {.steps = 50'000'000, .memory = 16u << 20})));
}

TEST_CASE("patterns cost time linear in the text") {
    const Bindings m{{"m", "\"" + times("a", 20'000) + "\""}};
    CHECK(typed("m.matches('^(a+)+$')", m) == R"({"bool":true})");
    CHECK(typed("m.matches('^(a|a)*b$')", m) == R"({"bool":false})");
    CHECK(fails(typed("m.matches('((a{1,100}){1,100}){1,100}')", m), "the pattern is wrong"));
    CHECK(typed("m.contains('" + times("a", 10'000) + "b')", m) == R"({"bool":false})");
}

TEST_CASE("patterns that are made, and searches that begin anew, count as steps") {
    const std::string often = "lists.range(1000000)";
    CHECK(fails(typed(often + ".all(i, 'a'.matches('(a{1,99}){1,9}' + string(i)))", {}, Checking::strict, tight),
                "steps"));
    CHECK(fails(
        typed(often + ".exists(i, 'a'.matches('((a{1,100}){1,100}){1,100}' + string(i)))", {}, Checking::strict, tight),
        "steps"));
    const Bindings m{{"m", "\"" + times("a", 1'000'000) + "\""}};
    CHECK(fails(typed("regex.findAll(m, 'a.*b|a').size()", m, Checking::strict, {.steps = 5'000'000}), "steps"));
    CHECK(fails(typed("regex.replace(m, 'a+', r'" + times("\\0", 100'000) + "').size()", m, Checking::strict, tight)));
    CHECK(typed("regex.replace(m, 'a', 'b').size()", m) == with_int(1'000'000));
    CHECK(typed("regex.replace(m.replace('a', 'a  ', 300000), r'\\s+', ' ').size()", m) == with_int(1'300'000));
    CHECK(fails(typed("[" + times("m.matches('x'),", 300) + "].size()", m), "more than 256 patterns"));
}

TEST_CASE("a time zone that is not there costs what looking for it costs") {
    CHECK(fails(
        typed("lists.range(1000000).exists(i, timestamp(0).getHours('No/Where') == i)", {}, Checking::strict, tight),
        "steps"));
}

TEST_CASE("a long name is not told whole") {
    CHECK(typed(times("a", 100'000)).size() < 1000);
    CHECK(typed(times("a", 100'000) + "()").size() < 1000);
    CHECK(typed("msg." + times("a", 100'000), {{"msg", "{}"}}).size() < 1000);
    CHECK(typed("x.f(" + times("a", 100'000) + " + 1)", {{"x", "1"}}).size() < 1000);
}

TEST_CASE("any bytes at all are either an expression or a problem within the text") {
    std::uint64_t seed = 42;
    const std::string_view alphabet = "msg.a[]{}()+-*/%<>=!&|?:,'\"`\\br019uxe_ \n\xc5\xbe\xff$";
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const std::size_t size = (seed >> 33) % 24;
        for (std::size_t i = 0; i < size; ++i) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text += alphabet[(seed >> 33) % alphabet.size()];
        }
        Scope scope;
        scope.add("msg", Type::dyn());
        const auto program = Program::compile(text, scope);
        if (program) continue;
        for (const Problem& p : program.error()) {
            if (p.offset + p.length > text.size() || p.message.empty())
                FAIL("'" << text << "': " << p.offset << '+' << p.length);
        }
    }
}

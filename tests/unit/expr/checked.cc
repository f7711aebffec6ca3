// What is found before an expression runs: where it points, and what it advises.

#include <catch2/catch.hpp>

#include "evaluated.hh"
#include "expr/flow_scope.hh"

using namespace flowrun::expr;
using namespace flowrun::expr::test;

namespace {

FlowNames names() {
    return {{{"region", Type::string()}, {"batch", Type::integer()}, {"dsn", Type::secret()}}, {"USER", "HOME"}};
}

// "offset+length: message | remedy" of each problem, one a line.
std::string problems(std::string_view text, Type wanted = {}) {
    const auto program = Program::compile(text, retry_scope(names()), wanted);
    if (program) return "none";
    std::string out;
    for (const Problem& p : program.error()) {
        if (!out.empty()) out += '\n';
        out += std::to_string(p.offset) + '+' + std::to_string(p.length) + ": " + p.message;
        if (!p.remedy.empty()) out += " | " + p.remedy;
    }
    return out;
}

bool finds(std::string_view text, std::string_view part) {
    const std::string got = problems(text);
    INFO(text << " gives " << got);
    CHECK(got.find(part) != std::string::npos);
    return got.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an unknown name is pointed at, with the one that may have been meant") {
    finds("mgs.total > 1", "0+3: there is no variable 'mgs' here | did you mean 'msg'?");
    finds("meta.atempt == 1", "5+6: meta has no member 'atempt' | did you mean 'attempt'?");
    finds("param.regio", "6+5: param has no member 'regio' | did you mean 'region'?");
    finds("param.zzzz", "6+4: param has no member 'zzzz' | declare it under 'params:'");
    finds("env.PATH", "4+4: env has no member 'PATH' | list the variable under 'env:'");
    finds("error.retriable", "did you mean 'retryable'?");
    finds("msg.name.lowerASCII()", "9+10: there is no function 'lowerASCII' | did you mean 'lowerAscii'?");
    finds("math.greates(1, 2)", "0+12: there is no function 'math.greates' | did you mean 'math.greatest'?");
    finds("mth.abs(1)", "did you mean 'math.abs'?");
    finds("foo(1)", "0+3: there is no function 'foo'");
    finds("startsWith('a', 'b')", "'startsWith' is not called in this way | write x.startsWith(...)");
    finds("msg.size", "none");
    finds("size", "'size' is a function");
}

TEST_CASE("all mistakes are reported, in order of position") {
    CHECK(problems("aa + meta.bb + cc(1)") ==
          "0+2: there is no variable 'aa' here | text is written in quotes\n"
          "10+2: meta has no member 'bb'\n"
          "15+2: there is no function 'cc' | flowrun-expr(7) lists all functions");
}

TEST_CASE("offsets are bytes also after characters of several bytes") {
    finds("'žluťoučký' + mgs", "18+3: there is no variable 'mgs'");
    finds("'日本' == nope", "12+4: there is no variable 'nope'");
}

TEST_CASE("types that are known are held against each other") {
    finds("param.batch + param.region", "12+1: '+' does not take int and string");
    finds("param.region > 1", "13+1: '>' does not take string and int");
    finds("meta.attempt == 'x'", "13+2: '==' does not take int and string");
    finds("meta.key == null", "to ask whether a member is there, write has(...)");
    finds("meta.time + 5", "'+' does not take timestamp and int");
    finds("!meta.id", "1+7: '!' needs a bool, this gives string");
    finds("meta.id && true", "0+7: '&&' needs a bool, this gives string");
    finds("error.retryable ? 1 : nope", "there is no variable 'nope'");
    finds("[1, 2].map(x, x + 'a')", "'+' does not take int and string");
    finds("[1, 2].filter(x, x)", "filter() needs a bool, this gives int");
    finds("param.batch.map(x, x)", "map() goes through a list or a map, not int");
    finds("'a'[0]", "string has no elements | for one character write .charAt(i)");
    finds("[1]['a']", "the index of a list is an int, not string");
    finds("{1.5: 1}", "double cannot be a key");
    finds("size(1)", "size() does not take (int)");
    finds("'a'.indexOf(1)", "indexOf() does not take (string, int)");
    finds("'a'.startsWith()", "startsWith() does not take (string)");
    finds("'a'.x", "string has no members");
    finds("-param.region", "'-' does not take string");
    finds("'a' in 'abc'", "'in' does not take string and string");
}

TEST_CASE("what is not known may be anything") {
    for (const char* text :
         {"msg.a + 1", "msg.a + 'x'", "msg.a.b[0].c > msg.d", "msg.map(x, x + 1)", "[1, 'a'].map(x, x + 1)",
          "msg == null", "msg in msg", "-msg.a", "msg.a ? 1 : 'b'", "msg.a.size() + msg.b", "dyn(1) + 'a'",
          "meta.attempt / 2.5", "now() - meta.time > duration('1h')", "error.causes[0].code == 'timeout'",
          "error.detail.x", "meta.x.y == 1 || true"}) {
        INFO(text);
        CHECK((std::string(text).starts_with("meta.x") || problems(text) == "none"));
    }
}

TEST_CASE("a place that wants a type refuses another") {
    CHECK(problems("msg.total > 1", Type::boolean()) == "none");
    CHECK(problems("msg.total", Type::boolean()) == "none");
    CHECK(problems("meta.id", Type::boolean()) ==
          "0+7: the expression gives string, where bool is wanted | compare it with something, for example != ''");
    CHECK(problems("1 + 1", Type::string()) == "0+5: the expression gives int, where string is wanted");
}

TEST_CASE("constants that cannot work are found at once") {
    finds("duration('10sec')", "9+7: this text is no duration");
    finds("meta.time > timestamp('yesterday')", "22+11: this text is no timestamp");
    finds("msg.x.matches('(')", "14+3: the pattern is wrong: missing ): (");
    finds("regex.replace(msg.x, '[a', '')", "the pattern is wrong");
    CHECK(problems("duration(msg.x)") == "none");
}

TEST_CASE("syntax errors say what stands where and what should") {
    CHECK(problems("msg.total >") == "11+0: the expression ends where a value should stand");
    CHECK(problems("msg.a = 1") == "6+1: '=' means nothing here | to compare write '=='");
    CHECK(problems("(msg.a") == "6+0: the expression ends where ')' to close the bracket should stand");
    CHECK(problems("msg.a)") == "5+1: ')' stands where an operator or the end should");
    CHECK(problems("'abc") == "0+1: this text is not closed | add the closing '");
    CHECK(problems("\"a\\qb\"") ==
          "2+2: '\\q' is no escape | a backslash itself is written '\\\\', or use a raw string r'…'");
    CHECK(problems("let + 1") ==
          "0+3: 'let' is a reserved word | use another name; a member of that name is fine: msg.let");
    CHECK(problems("Order{id: 1}") == "5+1: message types are not supported | write a map: {'key': value}");
    CHECK(problems("${msg.a}") == "0+1: '$' means nothing here | inside an expression names stand without ${ }");
    CHECK(problems("").starts_with("0+0: the expression is empty"));
    CHECK(problems("'a' + \xff").starts_with("6+1: the expression is not valid UTF-8"));
}

TEST_CASE("names of contexts are seen only where they mean something") {
    const FlowNames flow = names();
    CHECK(Program::compile("error.code", retry_scope(flow)));
    CHECK_FALSE(Program::compile("error.code", message_scope(flow)));
    CHECK(Program::compile("msg.a", message_scope(flow)));
    CHECK_FALSE(Program::compile("msg.a", constant_scope(flow)));
    CHECK(Program::compile("param.region + env.USER", constant_scope(flow)));
    CHECK_FALSE(Program::compile("param.region", default_scope(flow)));
    CHECK(Program::compile("env.USER", default_scope(flow)));
}

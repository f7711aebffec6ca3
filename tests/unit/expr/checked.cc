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

TEST_CASE("what other languages write is answered with how it is written here") {
    finds(".id == 1", "1+2: there is no variable 'id' here | a member of the message is msg.id");
    finds(".", "0+1: '.' stands where a value should | the message is msg, its members are msg.name");
    finds(".[0]", "0+1: '.' stands where a value should | the message is msg");
    finds("$.id", "0+1: '$' means nothing here | inside an expression names stand without '$': msg.id");
    finds("msg.name =~ 'x'", "9+2: '=~' means nothing here | a pattern is matched by x.matches('...')");
    finds("msg.name == /x/", "12+1: '/' stands where a value should | a pattern is matched by x.matches('...')");
    finds("msg.a === 1", "6+3: '===' means nothing here | to compare write '=='");
    finds("msg.a <> 1", "6+2: '<>' means nothing here | 'not equal' is '!='");
    finds("msg.a and msg.b", "6+3: 'and' stands where an operator or the end should | logical and is '&&'");
    finds("(msg.a or msg.b)", "7+2: 'or' stands where ')' to close the bracket should | logical or is '||'");
    finds("not msg.a", "4+3: 'msg' stands where an operator or the end should | logical not is '!'");
    finds("if msg.a", "0+2: 'if' is a reserved word | a choice is written: condition ? a : b");
    finds("msg.a == None", "9+4: there is no variable 'None' here | nothing is null");
    finds("payload.id", "0+7: there is no variable 'payload' here | the message is msg");
    finds("id == 1", "0+2: there is no variable 'id' here | a member of the message is msg.id; text is");
    finds("region == 'EU'", "0+6: there is no variable 'region' here | write param.region");
    finds("SHELL",
          "0+5: there is no variable 'SHELL' here | a variable of the environment is env.SHELL, with env: [SH");
    finds("HOME", "0+4: there is no variable 'HOME' here | write env.HOME");
    finds("math.pow(2,3)", "0+8: there is no function 'math.pow' | there are no powers: multiply");
    finds("math.factorial(3)", "0+14: there is no function 'math.factorial' | 'math' has: greatest, least, ceil,");
    finds("msg.x.length()", "6+6: there is no function 'length' | the length is size(x)");
    finds("msg.x == “a”", "9+3: '“' means nothing here | this is a typographic quote");
    finds("msg.x\u00A0== 1", "5+2: '\u00A0' means nothing here | an invisible character stands here");
}

TEST_CASE("what is read before a run says what it can read") {
    const auto told = [](std::string_view text, const Scope& scope, Type wanted = {}) {
        const auto program = Program::compile(text, scope, wanted);
        return program ? "none" : program.error()[0].message + " | " + program.error()[0].remedy;
    };
    const Scope fixed = constant_scope(names()), fallback = default_scope(names());
    CHECK(told("msg.id", fixed) ==
          "there is no variable 'msg' here | this is read before there are messages; what can be read is: param, env");
    CHECK(told("param.region", fallback) ==
          "there is no variable 'param' here | this is read before there are messages; what can be read is: env");
    CHECK(told("string(now())", fallback).starts_with("now() is known only while the flow runs"));
    CHECK(told("uuid()", fixed).starts_with("uuid() is known only while the flow runs"));
    CHECK(told("now()", message_scope(names())) == "none");
    CHECK(told("error.code", message_scope(names())).ends_with("| what failed and came by an error edge is msg.error"));
    CHECK(told("item.id", message_scope(names()))
              .ends_with("| 'item' is known only in settings that are evaluated once an item"));
    CHECK(told("env.HOME", fallback, Type::integer()) ==
          "the expression gives string, where int is wanted | convert it: int(env.HOME)");
}

TEST_CASE("all mistakes are reported, in order of position") {
    CHECK(problems("aa + meta.bb + cc(1)") ==
          "0+2: there is no variable 'aa' here | a member of the message is msg.aa; text is written in quotes\n"
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
    CHECK(problems("1 + 1", Type::string()) ==
          "0+5: the expression gives int, where string is wanted | convert it: string(...)");
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

// A program as a thing: what it uses, who may run it, what it says when it fails.

#include <catch2/catch.hpp>
#include <thread>

#include "evaluated.hh"
#include "expr/convert.hh"
#include "expr/describe.hh"
#include "expr/explain.hh"
#include "expr/flow_scope.hh"

using namespace flowrun;
using namespace flowrun::expr;
using namespace flowrun::expr::test;

TEST_CASE("a program knows which variables it reads") {
    const FlowNames names{{{"a", Type::string()}, {"b", Type::integer()}}, {"USER"}};
    const Scope scope = message_scope(names);
    const auto slots = [&](const char* text) { return Program::compile(text, scope)->slots(); };
    CHECK(slots("1 + 1").empty());
    CHECK(slots("msg.x > 1 && meta.attempt < 3") == std::vector<Slot>{slot_msg, slot_meta_attempt});
    CHECK(slots("param.b + param.b") == std::vector<Slot>{names.param(1)});
    CHECK(slots("env.USER") == std::vector<Slot>{names.environment(0)});
    CHECK(slots("meta").size() == 7);
    CHECK(slots("[1].map(msg, msg)").empty());
    CHECK(slots("has(meta.key)") == std::vector<Slot>{slot_meta_key});
    CHECK(Program::compile("duration('1h') + duration('1m')", scope)->constant());
    CHECK_FALSE(Program::compile("uuid()", scope)->constant());
    CHECK_FALSE(Program::compile("msg", scope)->constant());
    CHECK(Program::compile("param.a", scope)->type() == Type::string());
    CHECK(Program::compile("msg.a > 1", scope)->type() == Type::boolean());
}

TEST_CASE("members of a record without a value are absent, not null") {
    const FlowNames names;
    const Scope scope = message_scope(names);
    Frame frame(scope);
    Arena arena;
    frame.set(slot_meta_id, Value::string("m1"));
    const auto run = [&](const char* text) {
        const auto program = Program::compile(text, scope);
        const auto v = program->evaluate(frame, arena);
        std::string out;
        if (!v) return std::string(v.error().message);
        write_typed(*v, out);
        return out;
    };
    CHECK(run("meta.id") == with_string("m1"));
    CHECK(run("meta.key") == "meta.key has no value here");
    CHECK(run("has(meta.key)") == R"({"bool":false})");
    CHECK(run("meta.?key.orValue('none')") == with_string("none"));
    CHECK(run("meta") == R"({"map":[[{"string":"id"},{"string":"m1"}]]})");
    CHECK(run("'key' in meta") == R"({"bool":false})");
    CHECK(run("msg.a") == "msg has no value here");
}

TEST_CASE("a failure points at the operator or member and shows the value it choked on") {
    Scope scope;
    const Slot slot = scope.add("msg", Type::dyn());
    const std::string text = "msg.a + 1 > 2 && msg.total / msg.zero > 1";
    const auto program = Program::compile(text, scope);
    const auto message = *value::parse(R"({"a":5,"total":12,"zero":0})");
    Frame frame(scope);
    frame.set(slot, Value::from(*message));
    Arena arena;
    const auto v = program->evaluate(frame, arena);
    REQUIRE_FALSE(v);
    CHECK(v.error().offset == text.find('/'));
    CHECK(v.error().length == 1);
    CHECK(describe(v.error(), text) ==
          "division by zero, at 'msg.total / msg.zero', in '" + text + "' (the values were 12 and 0)");

    const auto path = Program::compile("msg.customer.name", scope);
    const auto w = path->evaluate(frame, arena);
    REQUIRE_FALSE(w);
    CHECK(describe(w.error(), path->text()) ==
          "no such key: 'customer', at 'msg.customer', in 'msg.customer.name' "
          "(the value was {\"a\":5,\"total\":12,\"zero\":0})");
}

TEST_CASE("what a failure shows of the expression and of its values is short, on one line and whole characters") {
    Scope scope;
    const Slot slot = scope.add("msg", Type::dyn());
    Frame frame(scope);
    Arena arena;
    const std::string longer(500, 'z');
    const auto message = *value::parse("{\"s\":\"" + longer + "\",\"n\":1,\"none\":null}");
    frame.set(slot, Value::from(*message));
    const auto told = [&](const std::string& text) {
        const auto program = Program::compile(text, scope);
        REQUIRE(program);
        const auto v = program->evaluate(frame, arena);
        REQUIRE_FALSE(v);
        return describe(v.error(), text);
    };
    std::string filler;
    for (int i = 0; i < 60; ++i) filler += "msg.n == 1 &&\n'ž' != 'žž' && ";
    const std::string shown = told("  " + filler + "msg.s - msg.n == 2 && " + filler + "true\n");
    INFO(shown);
    CHECK(shown.find("'-' does not take (string, int), at 'msg.s - msg.n', in '…") == 0);
    CHECK(shown.find("msg.s - msg.n == 2") != std::string::npos);
    CHECK(shown.find("…' (the values were \"zzz") != std::string::npos);
    CHECK(shown.find("zzz… and 1)") != std::string::npos);
    CHECK(shown.find('\n') == std::string::npos);
    CHECK(shown.size() < 500);
    CHECK(value::valid_utf8(shown));
    CHECK(told("  msg.n\n  - msg.none\n") ==
          "'-' does not take (int, null_type), in 'msg.n   - msg.none' (the values were 1 and null)");
    CHECK(told("{}[msg.s]").size() < 700);
    CHECK(told("[1, 2, 3].map(i, 6 / (i - 2))") ==
          "division by zero, at '6 / (i - 2)', in '[1, 2, 3].map(i, 6 / (i - 2))' (the values were 6 and 0)");
}

TEST_CASE("where a bool is wanted any other result is a failure with its value") {
    Scope scope;
    const Slot slot = scope.add("msg", Type::dyn());
    Frame frame(scope);
    Arena arena;
    frame.set(slot, Value::integer(3));
    const auto program = Program::compile("msg", scope, Type::boolean());
    const auto v = program->evaluate(frame, arena);
    REQUIRE_FALSE(v);
    CHECK(describe(v.error(), "msg") == "the expression gives int, where bool is wanted, in 'msg' (the value was 3)");
    frame.set(slot, Value::secret("hush"));
    CHECK(describe(program->evaluate(frame, arena).error(), "msg") ==
          "the expression gives secret, where bool is wanted, in 'msg' (the value was ***)");
    frame.set(slot, Value::boolean(true));
    CHECK(program->evaluate(frame, arena)->true_());
}

TEST_CASE("a condition says true, false, or once what evaluating it says") {
    struct Counted final : Surroundings {
        std::int64_t now() override { return 0; }
        std::uint64_t random() override { return ++draws; }
        std::uint64_t draws = 0;
    } counted;
    const FlowNames names;
    const Scope scope = message_scope(names);
    const auto message = value::parse(R"({"n":3})");
    Frame frame(scope);
    frame.surroundings = &counted;
    frame.set(slot_msg, Value::from(**message));
    const auto judged = [&](const char* text, const Type& wanted = {}) {
        const auto program = Program::compile(text, scope, wanted);
        REQUIRE(program);
        Arena arena, other;
        std::expected<Value, Failure> result;
        const Truth truth = program->truth(frame, arena, result);
        const std::uint64_t draws = counted.draws;
        const auto evaluated = program->evaluate(frame, other);
        CHECK(counted.draws - draws <= draws);
        counted.draws = 0;
        if (truth != Truth::other) {
            REQUIRE(evaluated);
            CHECK(evaluated->b == (truth == Truth::yes));
            return std::string(truth == Truth::yes ? "yes" : "no");
        }
        REQUIRE(result.has_value() == evaluated.has_value());
        if (result) return to_display(*result);
        CHECK(describe(result.error(), text) == describe(evaluated.error(), text));
        CHECK(draws == (std::string_view(text).starts_with("uuid") ? 2 : 0));
        return std::string(result.error().message);
    };
    CHECK(judged("msg.n == 3") == "yes");
    CHECK(judged("msg.n > 3") == "no");
    CHECK(judged("msg.n + 1") == "4");
    CHECK(judged("uuid() == msg.nope") == "no such key: 'nope'");
    CHECK(judged("msg.n", Type::boolean()) == "the expression gives int, where bool is wanted");
}

TEST_CASE("what is shown of a value is short and cut between characters") {
    const auto list =
        *value::parse("[" + std::string(2000, ' ') + "\"žžžžžžžžžž\",\"žžžžžžžžžž\",\"žžžžžžžžžž\",\"žžžžžžžžžž\"]");
    for (std::size_t limit = 0; limit < 60; ++limit) {
        const std::string shown = to_display(Value::from(*list), limit);
        CHECK(shown.size() <= limit + 3);
        CHECK(value::valid_utf8(shown));
    }
    CHECK(to_display(Value::real(0.0 / 1)) == "0.0");
    CHECK(to_display(Value::bytes("a\xff\"")) == "b\"a\\xff\\x22\"");
    CHECK(to_display(Value::duration(1500000000)) == "\"1.5s\"");
}

TEST_CASE("one program runs on many threads at once") {
    Scope scope;
    const Slot slot = scope.add("msg", Type::dyn());
    const auto program = Program::compile(
        "msg.items.filter(i, i.price > 2).map(i, i.price * msg.n).sum() + (msg.name.matches('^[a-z]+$') ? 1 : 0)",
        scope);
    REQUIRE(program);
    std::vector<std::thread> threads;
    std::vector<int> wrong(4);
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            Frame frame(scope);
            Arena arena;
            for (int n = 0; n < 500; ++n) {
                const auto message =
                    *value::parse("{\"n\":" + std::to_string(n) +
                                  ",\"name\":\"abc\",\"items\":[{\"price\":1},{\"price\":3},{\"price\":4}]}");
                frame.set(slot, Value::from(*message));
                arena.reset();
                const auto v = program->evaluate(frame, arena);
                if (!v || !v->is(Kind::integer) || v->i != 7 * n + 1) ++wrong[t];
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (const int w : wrong) CHECK(w == 0);
}

TEST_CASE("explaining shows each part with what it gave") {
    Scope scope;
    const Slot slot = scope.add("msg", Type::dyn());
    const auto message = *value::parse(R"({"total":150,"items":[1,2]})");
    Frame frame(scope);
    frame.set(slot, Value::from(*message));
    const std::string text = "msg.total > 100 && msg.items.all(i, i > 1)";
    const auto step = explain(text, scope, frame);
    REQUIRE(step);
    CHECK(to_text(*step, text) ==
          "msg.total > 100 && msg.items.all(i, i > 1) -> false\n"
          "  msg.total > 100 -> true\n"
          "    msg.total -> 150\n"
          "      msg -> {\"total\":150,\"items\":[1,2]}\n"
          "  msg.items.all(i, i > 1) -> false\n"
          "    msg.items -> [1,2]\n"
          "      msg -> {\"total\":150,\"items\":[1,2]}\n"
          "    i > 1 -> false\n"
          "      i -> 1\n");
    const std::string failing = "msg.nope || true";
    CHECK(to_text(*explain(failing, scope, frame), failing).find("msg.nope -> error: no such key: 'nope'") !=
          std::string::npos);
    CHECK_FALSE(explain("1 +", scope, frame));
}

TEST_CASE("the longest dotted name that is declared wins") {
    Scope scope;
    const Slot ab = scope.add("a.b", Type::dyn()), abc = scope.add("a.b.c", Type::dyn());
    Frame frame(scope);
    const auto map = *value::parse(R"({"c":1,"d":2})");
    frame.set(ab, Value::from(*map));
    frame.set(abc, Value::integer(9));
    Arena arena;
    CHECK(Program::compile("a.b.c", scope)->evaluate(frame, arena)->i == 9);
    CHECK(Program::compile("a.b.d", scope)->evaluate(frame, arena)->i == 2);
    CHECK_FALSE(Program::compile("a.c", scope));
}

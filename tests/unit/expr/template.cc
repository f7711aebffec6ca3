// Texts with `${…}` in them, and templates of them.

#include <catch2/catch.hpp>

#include "evaluated.hh"
#include "expr/describe.hh"
#include "expr/flow_scope.hh"
#include "expr/value_template.hh"

using namespace flowrun;
using namespace flowrun::expr;
using namespace flowrun::expr::test;

namespace {

const FlowNames names{{{"dsn", Type::secret()}, {"n", Type::integer()}}, {}};

struct Setting {
    Setting() : scope(message_scope(names)), frame(scope) {
        frame.set(slot_msg, Value::from(*message));
        frame.set(names.param(0), Value::secret("hush"));
        frame.set(names.param(1), Value::integer(3));
    }
    value::Value message =
        *value::parse(R"({"id":7,"name":"Žofie","total":1.50,"items":[{"sku":"a"}],"none":null,"big":1e400})");
    Scope scope;
    Frame frame;
    Arena arena;

    std::string text(std::string_view source) {
        const auto parsed = Text::parse(source, scope);
        if (!parsed) return "problem at " + std::to_string(parsed.error()[0].offset) + ": " + parsed.error()[0].message;
        const auto v = parsed->evaluate(frame, arena);
        if (!v) return "failure at " + std::to_string(v.error().offset) + ": " + std::string(v.error().message);
        std::string out;
        write_typed(*v, out);
        return out;
    }

    std::string built(const ValueTemplate& from, Secrets secrets = Secrets::refuse) {
        value::Builder builder;
        const auto done = from.build(frame, arena, builder, secrets);
        if (!done)
            return "failure in leaf " + std::to_string(done.error().leaf) + ": " + std::string(done.error().message);
        const value::Node* node = builder.finish();
        REQUIRE(node != nullptr);
        return value::to_json(*node);
    }
    ValueTemplate leaf(std::string_view source, std::uint32_t mark = 0) {
        return ValueTemplate::text(std::move(*Text::parse(source, scope)), mark);
    }
};

}  // namespace

TEST_CASE("a text that is one expression keeps its type, mixed text becomes a string") {
    Setting s;
    CHECK(s.text("${msg.id}") == with_int(7));
    CHECK(s.text("${msg.items}") == R"({"list":[{"map":[[{"string":"sku"},{"string":"a"}]]}]})");
    CHECK(s.text(" ${msg.id}") == with_string(" 7"));
    CHECK(s.text("${msg.id}${msg.id}") == with_string("77"));
    CHECK(s.text("https://x/${msg.name}?n=${param.n + 1}") == with_string("https://x/Žofie?n=4"));
    CHECK(s.text("plain") == with_string("plain"));
    CHECK(s.text("") == with_string(""));
    CHECK(s.text("total ${msg.total}") == with_string("total 1.5"));
    CHECK(s.text("big ${msg.big}") == with_string("big 1e400"));
    CHECK(s.text("is ${msg.id == 7}, ${msg.items}") == with_string("is true, [{\\\"sku\\\":\\\"a\\\"}]"));
    CHECK(s.text("at ${timestamp(0)} for ${duration('90m')}") == with_string("at 1970-01-01T00:00:00Z for 5400s"));
}

TEST_CASE("$${ is the text itself, and lone dollars are dollars") {
    Setting s;
    CHECK(s.text("$${msg.id}") == with_string("${msg.id}"));
    CHECK(s.text("$${${msg.id}}") == with_string("${7}"));
    CHECK(s.text("$ $$ $a {} }") == with_string("$ $$ $a {} }"));
    CHECK(s.text("costs $${ and ${msg.id}") == with_string("costs ${ and 7"));
}

TEST_CASE("an expression ends where its own braces and strings say") {
    Setting s;
    CHECK(s.text("${ {'a': {'b': 1}}.a.b }") == with_int(1));
    CHECK(s.text("${'}'}") == with_string("}"));
    CHECK(s.text("${\"a}\" + '''b}'''}") == with_string("a}b}"));
    CHECK(s.text("x${r'\\'}y") == with_string("x\\\\y"));
    CHECK(s.text("${msg.id // }\n}") == with_int(7));
}

TEST_CASE("mistakes in a text are pointed at in the whole of it") {
    Setting s;
    CHECK(s.text("žž ${msg.id} ${mgs}") == "problem at 17: there is no variable 'mgs' here");
    CHECK(s.text("a ${msg.id") == "problem at 2: '${' is not closed");
    CHECK(s.text("a ${'msg}") == "problem at 4: this text is not closed");
    CHECK(s.text("a ${}") == "problem at 4: the expression is empty");
    CHECK(s.text("a ${msg.nope}") == "failure at 8: no such key: 'nope'");
    CHECK(s.text("a ${msg.none}").starts_with("failure at 4: null has no text"));
    CHECK(s.text("a ${msg.?nope}").starts_with("failure at 4: the optional is empty"));
    CHECK(s.text("a ${b'x'}").starts_with("failure at 4: bytes have no text"));
    const auto both = Text::parse("${a} ${b}", s.scope);
    REQUIRE_FALSE(both);
    CHECK(both.error().size() == 2);
    CHECK(both.error()[1].offset == 7);
}

TEST_CASE("a secret in a text makes all of it a secret") {
    Setting s;
    CHECK(s.text("${param.dsn}") == R"({"secret":"***"})");
    CHECK(s.text("postgres://u:${param.dsn}@h") == R"({"secret":"***"})");
    CHECK(s.text("${reveal(param.dsn)}") == with_string("hush"));
    CHECK(s.text("${'x' + param.dsn}") == R"({"secret":"***"})");
}

TEST_CASE("a secret reaches no message, trace or error unless it is asked for by name") {
    Setting s;
    CHECK(s.built(s.leaf("${param.dsn}", 4)) ==
          "failure in leaf 4: a secret cannot be put into a message; use reveal(...) if you mean to");
    CHECK(s.built(s.leaf("${ {'a': [param.dsn]} }")).starts_with("failure"));
    CHECK(s.built(s.leaf("${param.dsn}"), Secrets::plain) == R"("hush")");
    CHECK(s.built(s.leaf("${param.dsn}"), Secrets::mask) == R"("***")");
    CHECK(s.built(s.leaf("${reveal(param.dsn)}")) == R"("hush")");
    CHECK(s.built(s.leaf("${toJson({'a': param.dsn})}")) == R"("{\"a\":\"***\"}")");
    for (const char* text :
         {"param.dsn == 'hu' + 'sh'", "param.dsn.size()", "param.dsn.startsWith('h')", "'%s'.format([param.dsn])",
          "string(param.dsn)", "hash.md5(param.dsn)", "[param.dsn].join()", "param.dsn in ['hu' + 'sh']",
          "param.dsn < 'z'", "base64.encode(dyn(param.dsn))", "dyn(param.dsn) == 'hu' + 'sh'",
          "dyn(param.dsn).contains('u')", "dyn(param.dsn) > 'a'", "'%d'.format([dyn(param.dsn)])"}) {
        INFO(text);
        const auto program = Program::compile(text, s.scope);
        if (!program) {
            for (const Problem& p : program.error()) CHECK(p.message.find("hush") == std::string::npos);
            continue;
        }
        const auto v = program->evaluate(s.frame, s.arena);
        REQUIRE_FALSE(v);
        CHECK(describe(v.error(), text).find("hush") == std::string::npos);
    }
    CHECK(to_display(Value::secret("hush")) == "***");
}

TEST_CASE("a value template is built with its leaves evaluated, constants as they are and empty optionals left out") {
    Setting s;
    ValueTemplate whole = ValueTemplate::map();
    whole.add("id", s.leaf("${msg.id}"));
    whole.add("label", s.leaf("#${msg.id}"));
    whole.add("gone", s.leaf("${msg.?nope}"));
    whole.add("there", s.leaf("${msg.?name}"));
    ValueTemplate list = ValueTemplate::list();
    list.add(ValueTemplate::constant(*value::parse("[1,2]")));
    list.add(s.leaf("${msg.?nope}"));
    list.add(s.leaf("${msg.items}"));
    list.add(s.leaf("${msg.total}"));
    ValueTemplate inner = ValueTemplate::map();
    inner.add("big", s.leaf("${msg.big}"));
    list.add(std::move(inner));
    whole.add("list", std::move(list));
    CHECK(s.built(whole) == R"({"id":7,"label":"#7","there":"Žofie","list":[[1,2],[{"sku":"a"}],1.50,{"big":1e400}]})");
    CHECK(whole.uses(slot_msg));
    CHECK_FALSE(whole.uses(slot_meta_id));
    CHECK_FALSE(whole.constant());
}

TEST_CASE("a failing leaf says which it is") {
    Setting s;
    ValueTemplate whole = ValueTemplate::map();
    whole.add("a", s.leaf("x", 1));
    ValueTemplate list = ValueTemplate::list();
    list.add(s.leaf("${msg.nope}", 42));
    whole.add("b", std::move(list));
    CHECK(s.built(whole) == "failure in leaf 42: no such key: 'nope'");
    CHECK(s.built(s.leaf("${0.0 / 0.0}", 9)) == "failure in leaf 9: NaN cannot be written in JSON");
}

TEST_CASE("a value template that is one leaf gives its value without building") {
    Setting s;
    const ValueTemplate leaf = s.leaf("${msg}");
    REQUIRE(leaf.is_leaf());
    const auto v = leaf.value(s.frame, s.arena);
    REQUIRE(v);
    CHECK(v->lazy());
    CHECK(v->node == s.message.get());
}

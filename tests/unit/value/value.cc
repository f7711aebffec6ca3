// Documents that are owned and counted: kept, copied, shared between threads; and what makes two equal.
#include "value/value.hh"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/machine.hh"
#include "value/builder.hh"
#include "value/json.hh"

using namespace flowrun::value;
using namespace std::literals;

namespace {

bool same(std::string_view a, std::string_view b) {
    const Value left = parse(a).value();
    const Value right = parse(b).value();
    const bool answer = equal(*left, *right);
    CHECK(equal(*right, *left) == answer);
    CHECK(equal(*left, *left));
    return answer;
}

}  // namespace

TEST_CASE("a kept value outlives the reader and its text") {
    Value kept;
    {
        auto text = R"({"a":"x","b":["y\n",1.5,true,null],"c":{"d":"e"}})"s;
        Reader reader;
        const Node* root = reader.read(text).value();
        kept = Value::keep(*root);
        CHECK(kept.get() != root);
        text.assign(text.size(), '#');
    }
    CHECK(to_json(*kept) == R"({"a":"x","b":["y\n",1.5,true,null],"c":{"d":"e"}})");
    CHECK(kept->member("b")->at(0)->as_string() == "y\n");
    CHECK(kept->member("b")->at(2)->as_bool() == true);
    const Value again = Value::keep(*kept);
    CHECK(again.get() == kept.get());
    const Value part = Value::keep(*kept->member("c"));
    CHECK(part.get() != kept->member("c"));
    kept = {};
    CHECK(to_json(*again->member("c")) == R"({"d":"e"})");
    CHECK(to_json(*part) == R"({"d":"e"})");
    CHECK(again.footprint() == footprint_of(*again));
}

TEST_CASE("a copy takes each byte of text once") {
    const auto bytes = [](std::string_view text) {
        const Value v = parse(text).value();
        return v.footprint() - v->span * sizeof(Node) - 16;
    };
    CHECK(bytes("null") == 0);
    CHECK(bytes("\"\"") == 0);
    CHECK(bytes("\"abc\"") == 3);
    CHECK(bytes("12.50") == 5);
    CHECK(bytes(R"({"a":[1,"x",{"b":{}}]})") == R"({"a":[1,"x",{"b":{}}]})"s.size());
    CHECK(bytes("[\"a\\n\",\"b\"]") == 11 + 2);
    Reader reader;
    const Node* order = reader.read(R"({"id":7,"customer":{"name":"A\tB","x":"y"}})").value();
    const Value customer = Value::copy(*order->member("customer"));
    CHECK(customer.footprint() == 16 + 5 * sizeof(Node) + R"({"name":"A\tB","x":"y"})"s.size() + 3);
    CHECK(customer->member("name")->as_string() == "A\tB");
    CHECK(to_json(*customer) == R"({"name":"A\tB","x":"y"})");
    CHECK(Value().footprint() == 0);
    CHECK(Value::string("abc").footprint() == 16 + sizeof(Node) + 3);
}

TEST_CASE("values are copied, moved, assigned and given away without losing or leaking one") {
    Value a = Value::string("text");
    Value b = a;
    CHECK(a.get() == b.get());
    Value c = std::move(a);
    CHECK_FALSE(a);
    CHECK(c.get() == b.get());
    b = b;
    CHECK(b->as_string() == "text");
    const Node* bare = c.release();
    CHECK_FALSE(c);
    CHECK(bare->as_string() == "text");
    b = Value::null();
    CHECK(b->is(Kind::null));
    c = Value::adopt(bare);
    CHECK(c->as_string() == "text");
    CHECK_FALSE(Value());
    Value empty;
    Value other = empty;
    CHECK_FALSE(other);
}

TEST_CASE("a part of an owned value embedded in another is no root of its own") {
    const Value v = parse(R"({"a":[1,2]})").value();
    Builder b;
    b.list();
    b.value(*v);
    b.value(*v->member("a"));
    b.end();
    const Value list = Value::keep(*b.finish());
    CHECK(to_json(*list) == R"([{"a":[1,2]},[1,2]])");
    const Value kept = Value::keep(*list->at(0));
    CHECK(kept.get() != list->at(0));
    CHECK(to_json(*kept) == R"({"a":[1,2]})");
}

TEST_CASE("a value may be shared, kept and dropped by several threads") {
    flowrun::Machine world;
    const Value shared = parse(R"({"id":1,"text":"a\nb","list":[1,2,3]})").value();
    std::atomic<int> wrong = 0;
    {
        std::vector<flowrun::World::Thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.push_back(world.start("keeper", [&wrong, mine = shared] {
                for (int i = 0; i < 20000; ++i) {
                    const Value again = Value::keep(*mine);
                    Value other = again;
                    const Value part = Value::keep(*other->member("list"));
                    if (again.get() != mine.get() || part->count != 3 || other->member("text")->as_string() != "a\nb")
                        ++wrong;
                }
            }));
        }
    }
    CHECK(wrong == 0);
    CHECK(to_json(*shared) == R"({"id":1,"text":"a\nb","list":[1,2,3]})");
}

TEST_CASE("numbers are equal by value") {
    CHECK(same("1", "1.0"));
    CHECK(same("100", "1e2"));
    CHECK(same("0", "-0"));
    CHECK(same("0", "-0.0"));
    CHECK(same("0.1", "0.10"));
    CHECK_FALSE(same("1", "2"));
    CHECK_FALSE(same("1", "1.5"));
    CHECK_FALSE(same("9007199254740993", "9007199254740992.0"));
    CHECK_FALSE(same("9007199254740993", "9007199254740992"));
    CHECK(same("9007199254740992", "9007199254740992.0"));
    CHECK(same("9223372036854775808", "9223372036854775808.0"));
    CHECK_FALSE(same("9223372036854775807", "9223372036854775808.0"));
    CHECK_FALSE(same("18446744073709551615", "18446744073709551616.0"));
    CHECK_FALSE(same("18446744073709551615", "-1"));
    CHECK_FALSE(same("9223372036854775808", "-9223372036854775808"));
    CHECK(same("18446744073709551616", "18446744073709551616.0"));
    CHECK(same("18446744073709551616", "1.8446744073709551616e19"));
    CHECK_FALSE(same("18446744073709551617", "1.8446744073709551616e19"));
    CHECK(same("1e400", "10e399"));
    CHECK(same("1e400", "0.01e402"));
    CHECK(same("1e400", "1" + std::string(400, '0')));
    CHECK_FALSE(same("1e400", "-1e400"));
    CHECK_FALSE(same("1e400", "1e401"));
    CHECK_FALSE(same("1e-400", "0"));
    CHECK_FALSE(same("1e-400", "0.0"));
    CHECK(same("1e-400", "0.1e-399"));
    CHECK_FALSE(same("1e400", "1"));
    CHECK_FALSE(same("18446744073709551616", "18446744073709551615"));
}

TEST_CASE("maps are equal whatever their order, by the first of each key") {
    CHECK(same("{}", "{}"));
    CHECK(same(R"({"a":1,"b":[2]})", R"({ "b":[2.0], "a":1 })"));
    CHECK_FALSE(same(R"({"a":1})", R"({"a":2})"));
    CHECK_FALSE(same(R"({"a":1})", R"({"b":1})"));
    CHECK_FALSE(same(R"({"a":1})", R"({"a":1,"b":1})"));
    CHECK(same(R"({"a":1,"a":2})", R"({"a":1})"));
    CHECK(same(R"({"a":1,"a":2,"b":3})", R"({"b":3,"a":1,"b":4})"));
    CHECK_FALSE(same(R"({"a":1,"a":2})", R"({"a":2,"a":1})"));
    CHECK_FALSE(same("[]", "{}"));
    CHECK_FALSE(same("[1]", "[1,1]"));
    CHECK_FALSE(same("[1,2]", "[2,1]"));
    CHECK_FALSE(same("null", "false"));
    CHECK_FALSE(same("true", "false"));
    CHECK_FALSE(same("1", "\"1\""));
    CHECK(same("\"\\u0041\"", "\"A\""));

    std::string forward = "{";
    std::string backward = "{";
    for (int i = 0; i < 1000; ++i) {
        forward += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
        backward += "\"k" + std::to_string(999 - i) + "\":" + std::to_string(999 - i) + ",";
    }
    CHECK(same(forward + "\"k5\":6}", backward + "\"k5\":5}"));
    CHECK(same(forward + "\"k5\":6}", backward.substr(0, backward.size() - 1) + "}"));
    CHECK_FALSE(same(forward + "\"x\":6}", backward + "\"k5\":5}"));
    CHECK_FALSE(same(forward + "\"x\":6}", backward + "\"y\":6}"));
}

TEST_CASE("bytes are equal to bytes only") {
    Builder a;
    a.bytes("abc");
    const Value bytes = Value::keep(*a.finish());
    CHECK(equal(*bytes, *bytes));
    CHECK_FALSE(equal(*bytes, *Value::string("abc")));
    CHECK_FALSE(bytes->as_string());
    CHECK(bytes->bytes_view() == "abc");
    CHECK(to_json(*bytes) == "\"YWJj\"");
}

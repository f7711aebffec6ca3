// Values built from parts, and calls that make none.
#include "value/builder.hh"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "value/json.hh"
#include "value/value.hh"

using namespace flowrun::value;
using namespace std::literals;

namespace {

template <class Calls>
std::string built(Calls calls) {
    Builder b;
    calls(b);
    const Node* root = b.finish();
    return root == nullptr ? "none"s : to_json(*root);
}

// Builds again what is below the Node, leaf by leaf.
void rebuild(const Node& n, Builder& b) {
    if (n.is(Kind::list)) {
        b.list();
        for (const Node& e : elements(n)) rebuild(e, b);
        b.end();
    } else if (n.is(Kind::map)) {
        b.map();
        for (const auto [key, value] : entries(n)) {
            REQUIRE(b.key(key.bytes_view()));
            rebuild(value, b);
        }
        b.end();
    } else if (n.is(Kind::string)) {
        REQUIRE(b.string(n.bytes_view()));
    } else if (n.is(Kind::integer)) {
        b.integer(*n.as_int());
    } else if (n.is(Kind::unsigned_)) {
        b.unsigned_(*n.as_uint());
    } else if (n.is(Kind::real)) {
        b.real(*n.as_double());
    } else if (n.is(Kind::boolean)) {
        b.boolean(*n.as_bool());
    } else {
        b.value(n);
    }
}

}  // namespace

TEST_CASE("a value is built from parts") {
    Builder b;
    b.map();
    CHECK(b.key("n"));
    b.integer(-3);
    CHECK(b.key("u"));
    b.unsigned_(18446744073709551615U);
    CHECK(b.key("l"));
    b.list();
    b.real(1);
    b.boolean(false);
    b.null();
    b.bytes("\xff\x00"sv);
    CHECK(b.string("q\"q"));
    b.end();
    CHECK(b.key("v"));
    b.value(*parse(R"({"x":[1e400,"a\tb"]})").value());
    CHECK(b.key("j"));
    CHECK(b.json(R"([ 1 ])"));
    b.end();
    const Node* root = b.finish();
    REQUIRE(root);
    CHECK(to_json(*root) ==
          R"({"n":-3,"u":18446744073709551615,"l":[1.0,false,null,"/wA=","q\"q"],"v":{"x":[1e400,"a\tb"]},"j":[ 1 ]})");
    CHECK(root->member("v")->member("x")->at(1)->as_string() == "a\tb");
    CHECK(root->height == 3);
    CHECK(root->count == 5);
    CHECK(root->member("l")->json_text().empty());
    const Value kept = Value::keep(*root);
    b.integer(1);
    CHECK(to_json(*b.finish()) == "1");
    CHECK(kept->member("v")->member("x")->at(0)->is(Kind::number));
    // As JSON it is not the same: bytes have become a string.
    CHECK_FALSE(equal(*kept, *parse(to_json(*kept)).value()));
}

TEST_CASE("numbers that are built keep their kind and are written so that they read back") {
    CHECK(built([](Builder& b) { b.integer(std::numeric_limits<std::int64_t>::min()); }) == "-9223372036854775808");
    CHECK(built([](Builder& b) { b.unsigned_(18446744073709551615U); }) == "18446744073709551615");
    CHECK(built([](Builder& b) { b.real(std::numeric_limits<double>::quiet_NaN()); }) == "null");
    CHECK(built([](Builder& b) { b.real(-std::numeric_limits<double>::infinity()); }) == "null");
    CHECK(built([](Builder& b) { b.real(1e22); }) == "1e22");
    Builder b;
    b.unsigned_(7);
    const Node* seven = b.finish();
    CHECK(seven->is(Kind::integer));
    CHECK(seven->as_int() == 7);
    CHECK(seven->as_uint() == 7U);
    CHECK(seven->as_double() == 7.0);
    CHECK(seven->json_text().empty());
    b.unsigned_(9223372036854775808U);
    const Node* big = b.finish();
    CHECK(big->is(Kind::unsigned_));
    CHECK_FALSE(big->as_int());
    CHECK(big->as_double() == 0x1p63);
}

TEST_CASE("calls that do not make one whole value give none") {
    CHECK(built([](Builder&) {}) == "none");
    CHECK(built([](Builder& b) { b.list(); }) == "none");
    CHECK(built([](Builder& b) { b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.null(), b.null(); }) == "none");
    CHECK(built([](Builder& b) { b.null(), b.list(), b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.list(), b.end(), b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.map(), b.null(), b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.map(), b.list(), b.end(), b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.map(), b.key("a"), b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.map(), b.key("a"), b.key("b"), b.null(), b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.map(), b.key("a"), b.null(), b.null(), b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.list(), b.key("a"), b.null(), b.end(); }) == "none");
    CHECK(built([](Builder& b) { b.key("a"); }) == "none");
    CHECK(built([](Builder& b) { b.string("\xff"); }) == "none");
    CHECK(built([](Builder& b) { b.map(), b.key("a"), b.map(), b.end(), b.end(); }) == R"({"a":{}})");
    CHECK(built([](Builder& b) { b.null(), b.null(), b.clear(), b.integer(3); }) == "3");
}

TEST_CASE("what cannot be put in says so and leaves the rest alone") {
    Builder b;
    b.list();
    CHECK_FALSE(b.string("a\xC3"));
    CHECK(b.string("ok"));
    const auto bad = b.json("[1,");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().offset == 3);
    CHECK(b.json(" {\n} "));
    b.map();
    CHECK_FALSE(b.key("\xED\xA0\x80"));
    CHECK(b.key(""));
    CHECK(b.string(""));
    b.end();
    b.end();
    CHECK(to_json(*b.finish()) == R"(["ok",{},{"":""}])");
    CHECK(b.finish() == nullptr);
    b.boolean(true);
    CHECK(to_json(*b.finish()) == "true");
}

TEST_CASE("values go no deeper than JSON text may, however they are put together") {
    const auto nested = [](unsigned n) {
        Builder b;
        for (unsigned i = 0; i < n; ++i) b.list();
        for (unsigned i = 0; i < n; ++i) b.end();
        const Node* root = b.finish();
        return root != nullptr ? Value::keep(*root) : Value();
    };
    CHECK(nested(512)->height == 512);
    CHECK_FALSE(nested(513));
    const auto around = [](const Node& inner) {
        Builder b;
        b.map();
        CHECK(b.key("in"));
        b.value(inner);
        b.end();
        return b.finish() != nullptr;
    };
    CHECK(around(*nested(511)));
    CHECK_FALSE(around(*nested(512)));
    Value v = Value::null();
    unsigned levels = 0;
    for (;; ++levels) {
        Builder b;
        b.list();
        b.value(*v);
        b.end();
        const Node* root = b.finish();
        if (root == nullptr) break;
        v = Value::keep(*root);
    }
    CHECK(levels == 512);
    CHECK(equal(*v, *parse(to_json(*v)).value()));
}

TEST_CASE("a value rebuilt from its parts is equal, and written and read stays so") {
    for (const auto text :
         {R"({"a":[1,2.5,"x\u0000y",true,false,null,{"b":{}},[]],"c":18446744073709551615,"d":1e400})",
          R"(["\ud83d\ude00\"\\\u001f",-0.0,-5e-324,9007199254740993,{"a":1,"a":2}])", "[]", "\"\"", "7"}) {
        const Value original = parse(text).value();
        Builder b;
        rebuild(*original, b);
        const Node* root = b.finish();
        REQUIRE(root);
        CHECK(equal(*root, *original));
        const Value kept = Value::keep(*root);
        CHECK(equal(*kept, *original));
        CHECK(kept->height == original->height);
        CHECK(kept->span == original->span);
        const Value again = parse(to_json(*kept)).value();
        CHECK(equal(*again, *original));
        CHECK(to_json(*again) == to_json(*kept));
    }
}

TEST_CASE("a standing key is not copied, and is written with the escapes that it needs") {
    const std::string plain = "total", odd = "a\"b\n";
    CHECK(is_plain(plain));
    CHECK_FALSE(is_plain(odd));
    CHECK_FALSE(is_plain("back\\slash"));
    CHECK(is_plain("caf\xC3\xA9"));
    Builder builder;
    builder.map();
    builder.standing_key(plain, true);
    builder.integer(1);
    builder.standing_key(odd, false);
    builder.integer(2);
    builder.end();
    const Node* built = builder.finish();
    REQUIRE(built != nullptr);
    CHECK(to_json(*built) == R"({"total":1,"a\"b\n":2})");
    CHECK(built->first()->text == plain.data());
    const Value copy = Value::copy(*built);
    CHECK(copy->first()->text != plain.data());
    CHECK(equal(*copy, *built));

    for (const bool in_map : {false, true}) {
        in_map ? builder.map() : builder.list();
        if (in_map) builder.standing_key(plain, true);
        builder.standing_key(plain, true);
        builder.integer(1);
        builder.end();
        CHECK(builder.finish() == nullptr);
        builder.clear();
    }
}

TEST_CASE("a builder can be moved") {
    Builder a;
    a.list();
    a.integer(1);
    Builder b = std::move(a);
    b.integer(2);
    b.end();
    CHECK(to_json(*b.finish()) == "[1,2]");
    Builder c;
    c.null();
    c = std::move(b);
    CHECK(c.string("x"));
    CHECK(to_json(*c.finish()) == "\"x\"");
}

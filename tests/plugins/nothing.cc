// NULL to every function of the values table, for each of its pointers: it is "nothing", and harms none (value.h). And the C++
// layer over a value that is absent.

#include <catch2/catch.hpp>

#include <array>
#include <string>

#include <flowrun/component.hh>

#include "component/values_table.hh"

using namespace flowrun::sdk;

namespace {

const flowrun_values& v = flowrun::component::values_table();

// One of each kind, and nothing; held by the builder.
constexpr std::array texts = {"null",  "true",   "7",  "18446744073709551615", "1.5", "1e999",
                              "\"a\"", "[1, 2]", "[]", "{\"a\": 1}",           "{}"};

struct Each {
    flowrun_builder* builder = v.builder_new();
    ~Each() { v.builder_free(builder); }
    template <class Body>
    void value(Body body) {
        body(nullptr);
        for (const std::string text : texts) {
            REQUIRE(v.build_json(builder, text.data(), text.size(), nullptr) == FLOWRUN_OK);
            body(v.build_finish(builder));
        }
        v.build_bytes(builder, "\xff", 1);
        body(v.build_finish(builder));
    }
};

void append(void* user, const char* data, std::uint64_t size) { static_cast<std::string*>(user)->append(data, size); }

}  // namespace

TEST_CASE("nothing has no kind, no scalar, no parts and no text") {
    std::uint8_t flag = 9;
    std::int64_t number = 9;
    std::uint64_t natural = 9;
    double real = 9;
    const char* text = "untouched";
    CHECK(v.kind(nullptr) == FLOWRUN_NOTHING);
    CHECK(v.as_bool(nullptr, &flag) == FLOWRUN_E_INVALID);
    CHECK(v.as_int(nullptr, &number) == FLOWRUN_E_INVALID);
    CHECK(v.as_uint(nullptr, &natural) == FLOWRUN_E_INVALID);
    CHECK(v.as_double(nullptr, &real) == FLOWRUN_E_INVALID);
    CHECK(v.as_text(nullptr, &text, &natural) == FLOWRUN_E_INVALID);
    CHECK(v.json_span(nullptr, &text, &natural) == FLOWRUN_E_INVALID);
    CHECK((flag == 9 && number == 9 && natural == 9 && real == 9 && std::string(text) == "untouched"));
    CHECK(v.count(nullptr) == 0);
    CHECK(v.at(nullptr, 0) == nullptr);
    CHECK(v.member(nullptr, "a", 1) == nullptr);
    flowrun_cursor cursor{};
    const flowrun_value *key = nullptr, *value = nullptr;
    CHECK(v.next(nullptr, &cursor, &key, &value) == 0);
    std::string written;
    v.write_json(nullptr, append, &written);
    CHECK(written.empty());
    CHECK(v.retain(nullptr) == nullptr);
    v.release(nullptr);
    flowrun_path* path = v.path_new("a", 1);
    CHECK(v.path_get(path, nullptr) == nullptr);
    v.path_free(path);
}

TEST_CASE("out pointers, names, cursors and paths may be nothing, whatever the value") {
    Each each;
    each.value([](const flowrun_value* value) {
        const std::uint32_t kind = v.kind(value);
        std::uint8_t flag = 0;
        std::int64_t number = 0;
        std::uint64_t natural = 0;
        double real = 0;
        const char* text = nullptr;
        INFO("kind " << kind);
        CHECK(v.as_bool(value, nullptr) == v.as_bool(value, &flag));
        CHECK(v.as_int(value, nullptr) == v.as_int(value, &number));
        CHECK(v.as_uint(value, nullptr) == v.as_uint(value, &natural));
        CHECK(v.as_double(value, nullptr) == v.as_double(value, &real));
        for (auto* read : {v.as_text, v.json_span}) {
            const std::int32_t status = read(value, &text, &natural);
            CHECK(read(value, nullptr, &natural) == status);
            CHECK(read(value, &text, nullptr) == status);
            CHECK(read(value, nullptr, nullptr) == status);
        }
        v.write_json(value, nullptr, nullptr);
        CHECK(v.at(value, 99) == nullptr);
        CHECK(v.member(value, nullptr, 5) == nullptr);
        CHECK(v.member(value, nullptr, 0) == nullptr);
        CHECK(v.path_get(nullptr, value) == nullptr);
        CHECK(v.next(value, nullptr, nullptr, nullptr) == 0);
        flowrun_cursor cursor{};
        std::uint64_t parts = 0;
        while (v.next(value, &cursor, nullptr, nullptr) == 1) ++parts;
        CHECK(parts == v.count(value));
        v.release(v.retain(value));
    });
}

TEST_CASE("paths and readers take nothing") {
    CHECK(v.path_new(nullptr, 4) == nullptr);
    v.path_free(v.path_new(nullptr, 0));
    v.path_free(nullptr);
    flowrun_json_error error{};
    error.size = sizeof error;
    const flowrun_value* out = nullptr;
    CHECK(v.reader_read(nullptr, "1", 1, &out, &error) == FLOWRUN_E_INVALID);
    CHECK(std::string(error.message) == "there is no text");
    CHECK(v.reader_read(nullptr, nullptr, 0, nullptr, nullptr) == FLOWRUN_E_INVALID);
    flowrun_reader* reader = v.reader_new();
    CHECK(v.reader_read(reader, nullptr, 3, &out, nullptr) == FLOWRUN_E_INVALID);
    CHECK(v.reader_read(reader, nullptr, 0, &out, nullptr) == FLOWRUN_E_INVALID);
    CHECK(v.reader_read(reader, "1", 1, nullptr, nullptr) == FLOWRUN_OK);
    CHECK(out == nullptr);
    v.reader_free(reader);
    v.reader_free(nullptr);
}

TEST_CASE("no builder builds nothing, and nothing is built as null") {
    v.build_null(nullptr);
    v.build_bool(nullptr, 1);
    v.build_int(nullptr, 1);
    v.build_uint(nullptr, 1);
    v.build_double(nullptr, 1);
    CHECK(v.build_string(nullptr, "a", 1) == FLOWRUN_E_INVALID);
    v.build_bytes(nullptr, "a", 1);
    v.build_bytes(nullptr, nullptr, 1);
    v.build_list(nullptr);
    v.build_map(nullptr);
    CHECK(v.build_key(nullptr, "a", 1) == FLOWRUN_E_INVALID);
    v.build_end(nullptr);
    CHECK(v.build_json(nullptr, "1", 1, nullptr) == FLOWRUN_E_INVALID);
    CHECK(v.build_finish(nullptr) == nullptr);
    v.builder_free(nullptr);
    Each each;
    each.value([](const flowrun_value* value) { v.build_value(nullptr, value); });

    flowrun_builder* b = each.builder;
    CHECK(v.build_json(b, nullptr, 2, nullptr) == FLOWRUN_E_INVALID);
    CHECK(v.build_finish(b) == nullptr);
    v.build_list(b);
    v.build_value(b, nullptr);
    v.build_bytes(b, nullptr, 3);
    CHECK(v.build_string(b, nullptr, 3) == FLOWRUN_E_INVALID);
    CHECK(v.build_string(b, nullptr, 0) == FLOWRUN_OK);
    v.build_map(b);
    CHECK(v.build_key(b, nullptr, 3) == FLOWRUN_E_INVALID);
    CHECK(v.build_key(b, nullptr, 0) == FLOWRUN_OK);
    v.build_value(b, nullptr);
    v.build_end(b);
    v.build_end(b);
    std::string written;
    v.write_json(v.build_finish(b), append, &written);
    CHECK(written == R"([null,null,"",{"":null}])");
}

TEST_CASE("the C++ layer makes nothing of an absent value") {
    for (const Value absent : {Value(), Value(&v, nullptr)}) {
        CHECK(absent.kind() == Kind::absent);
        CHECK_FALSE(absent.boolean());
        CHECK_FALSE(absent.integer());
        CHECK_FALSE(absent.unsigned_integer());
        CHECK_FALSE(absent.real());
        CHECK_FALSE(absent.text());
        CHECK_FALSE(absent.string());
        CHECK(absent.size() == 0);
        CHECK_FALSE(absent["a"]["b"].at(3));
        for (const Value item : absent.items()) FAIL("an item " << item.json());
        for (const Entry entry : absent.entries()) FAIL("an entry " << entry.key);
        CHECK(absent.json_span().empty());
        CHECK(absent.json().empty());
        CHECK_FALSE(absent.keep());
        CHECK_FALSE(Path(&v, "a.b").get(absent));
        CHECK(Builder(&v).value(absent).finish().is(Kind::null));
        Kept moved = absent.keep();
        const Kept last = std::move(moved);
        CHECK_FALSE(last.get());
    }
    Reader reader(&v);
    CHECK_FALSE(reader.read({}));
    CHECK_FALSE(Builder(&v).finish());
}

// Rows of csv: taken apart, made into values and written.

#include "formats/csv.hh"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "formats/encoder.hh"
#include "values.hh"

using namespace flowrun::formats;
using flowrun::sdk::Failure;
using flowrun::test::failure_of;
using flowrun::test::Json;
using flowrun::test::table;
using Strings = std::vector<std::string>;

namespace {

// Its fields, those that were quoted between bars; or "offset: problem".
Strings fields(std::string_view text, char delimiter = ',') {
    CsvRow row;
    std::size_t offset = 0;
    if (const char* problem = row.parse(text, delimiter, offset)) return {std::to_string(offset) + ": " + problem};
    Strings out;
    for (const auto& field : row.fields()) {
        out.push_back(field.quoted ? "|" + std::string(field.text) + "|" : std::string(field.text));
    }
    return out;
}

// The rows as JSON; "-" for what is no message, "offset: problem" for what is bad.
Strings decoded(const Strings& rows, CsvShape shape) {
    Strings out;
    const auto decoder = csv_decoder(table(), shape);
    for (const std::string& row : rows) {
        const auto result = decoder->decode(row);
        out.push_back(result.what == Decoder::Result::value ? result.made.json()
                      : result.what == Decoder::Result::nothing
                          ? "-"
                          : std::to_string(result.offset) + ": " + result.problem);
    }
    return out;
}

std::string written(const Strings& values, CsvShape shape = {}, Strings columns = {}) {
    std::string out;
    const auto encoder = csv_encoder(shape, std::move(columns));
    for (const std::string& value : values) encoder->encode(*Json(value), out);
    encoder->end(out);
    return out;
}

constexpr CsvShape rows_only{',', false, false};
constexpr CsvShape inferring{',', false, true};

}  // namespace

TEST_CASE("a row is taken apart at its delimiters") {
    CHECK(fields("") == Strings{""});
    CHECK(fields("a") == Strings{"a"});
    CHECK(fields("a,b,c") == Strings{"a", "b", "c"});
    CHECK(fields(",") == Strings{"", ""});
    CHECK(fields("a,,") == Strings{"a", "", ""});
    CHECK(fields("a;b,c", ';') == Strings{"a", "b,c"});
}

TEST_CASE("a quoted field holds anything, its own quotes doubled") {
    CHECK(fields("\"a,b\",c") == Strings{"|a,b|", "c"});
    CHECK(fields("\"\"") == Strings{"||"});
    CHECK(fields("\"a\"\"b\",\"\"\"\"") == Strings{"|a\"b|", "|\"|"});
    CHECK(fields("\"line\nbreak\"") == Strings{"|line\nbreak|"});
    CHECK(fields("5\" nail") == Strings{"5\" nail"});
}

TEST_CASE("several rows may be taken apart one after another") {
    CsvRow row;
    std::size_t offset = 0;
    REQUIRE(row.parse("\"a\"\"b\",c,d", ',', offset) == nullptr);
    REQUIRE(row.fields().size() == 3);
    REQUIRE(row.parse("\"x\"\"y\"", ',', offset) == nullptr);
    REQUIRE(row.fields().size() == 1);
    CHECK(row.fields()[0].text == "x\"y");
}

TEST_CASE("a row that cannot be taken apart says where") {
    CHECK(fields("a,\"b") == Strings{"2: this quoted field is not closed"});
    CHECK(fields("\"a\"b,c") == Strings{"3: expected the delimiter after a quoted field"});
    CHECK(fields("\"a\"\"") == Strings{"0: this quoted field is not closed"});
}

TEST_CASE("the header names the members of a map") {
    CHECK(decoded({"id,name", "1,Ada", "", "2,\"Bo\""}, {}) ==
          Strings{"-", R"({"id":"1","name":"Ada"})", "-", R"({"id":"2","name":"Bo"})"});
    CHECK(decoded({"id,name", "1"}, {})[1] == "0: this row has 1 fields, the header has 2");
    CHECK(decoded({"id,name", "1,\"x"}, {})[1] == "2: this quoted field is not closed");
    CHECK(decoded({"1,a", "2,b"}, rows_only) == Strings{R"(["1","a"])", R"(["2","b"])"});
}

TEST_CASE("a header that names nothing for certain ends the reading") {
    CHECK(failure_of([] { (void)decoded({"id,id"}, {}); }) ==
          "-1: two columns are called 'id'; rename one, or set header: false");
    CHECK(failure_of([] { (void)decoded({"\xFF,id"}, {}); }) ==
          "-1: the header is not UTF-8; set header: false to read it as a row");
}

TEST_CASE("columns that are given take the place of the header, or make one") {
    CsvShape shape;
    shape.columns = {"x", "y"};
    CHECK(decoded({"a,b", "1,2", "3"}, shape) ==
          Strings{"-", R"({"x":"1","y":"2"})", "0: this row has 1 fields, 'columns' names 2"});
    CHECK(written({R"({"y":1})", R"({"x":2,"y":3})", R"([4,5])"}, shape) == "x,y\n,1\n2,3\n4,5\n");
    CHECK(failure_of([&] { (void)written({R"({"z":1})"}, shape); }) ==
          "-1: there is no column 'z': 'columns' names the columns");
    shape.header = false;
    CHECK(decoded({"a,b"}, shape) == Strings{R"({"x":"a","y":"b"})"});
    CHECK(written({R"({"y":1})"}, shape) == ",1\n");
}

TEST_CASE("a row that quotes have stretched over lines says over how many") {
    CHECK(decoded({"id,name", "1,\"x\n2,y\n3,z\n"}, {})[1] ==
          "2: this quoted field is not closed; with its quotes the row goes over 3 lines");
    CHECK(decoded({"id,name", "\"1\n2\""}, {})[1] ==
          "0: this row has 1 fields, the header has 2; with its quotes the row goes over 2 lines");
    CHECK(decoded({"id,name", "1,\"x\r2,y"}, {})[1] ==
          "2: this quoted field is not closed; with its quotes the row goes over 2 lines");
}

TEST_CASE("a hundred thousand columns are read and written, in their order or not") {
    std::string header, row, map = "{", turned = "{";
    constexpr int columns = 100'000;
    for (int i = 0; i < columns; ++i) {
        const std::string name = "c" + std::to_string(i), last = "c" + std::to_string(columns - 1 - i);
        header += (i == 0 ? "" : ",") + name;
        row += (i == 0 ? "" : ",") + std::to_string(i);
        map += (i == 0 ? "\"" : ",\"") + name + "\":\"" + std::to_string(i) + "\"";
        turned += (i == 0 ? "\"" : ",\"") + last + "\":\"" + std::to_string(columns - 1 - i) + "\"";
    }
    map += "}";
    turned += "}";
    CHECK(decoded({header, row}, {}) == Strings{"-", map});
    CHECK(written({map, turned}) == header + "\n" + row + "\n" + row + "\n");
    CHECK(failure_of([&] { (void)decoded({header + ",c5"}, {}); }) ==
          "-1: two columns are called 'c5'; rename one, or set header: false");
}

TEST_CASE("a row of one empty field is none that a reader skips") {
    CHECK(written({R"({"a":"x"})", R"({"a":""})", R"({"a":null})", "{}"}) == "a\nx\n\"\"\n\"\"\n\"\"\n");
    CHECK(written({R"([""])", "[null]", R"(["",""])"}) == "\"\"\n\"\"\n,\n");
    CHECK(written({R"({"":"x"})"}) == "\"\"\nx\n");
    CHECK(decoded({"a", "x", "\"\"", "\"\""}, {}) == Strings{"-", R"({"a":"x"})", R"({"a":""})", R"({"a":""})"});
    CHECK(failure_of([] { (void)written({"[]"}); }) == "-1: an empty list makes no csv row");
}

TEST_CASE("types are inferred of what is not quoted, and only where JSON would say the same") {
    CHECK(decoded({"1,-2.50,1e3,12345678901234567890123"}, inferring) ==
          Strings{"[1,-2.50,1e3,12345678901234567890123]"});
    CHECK(decoded({"true,false,,True"}, inferring) == Strings{R"([true,false,null,"True"])"});
    CHECK(decoded({"\"1\",\"\",\"true\""}, inferring) == Strings{R"(["1","","true"])"});
    CHECK(decoded({"007,1.,.5,+1,0x10,1-2,-"}, inferring) == Strings{R"(["007","1.",".5","+1","0x10","1-2","-"])"});
    CHECK(decoded({" 1,1 "}, inferring) == Strings{R"([" 1","1 "])"});
}

TEST_CASE("settings that make no csv are refused") {
    const auto shape = [](std::string_view settings) { return csv_shape(*Json(settings)); };
    CHECK(shape("{}").delimiter == ',');
    CHECK(shape("{}").header);
    CHECK_FALSE(shape("{}").infer);
    CHECK(shape(R"({"delimiter":"\t","header":false,"infer":true})").delimiter == '\t');
    for (const char* wrong : {R"({"delimiter":""})", R"({"delimiter":";;"})", R"({"delimiter":"\""})",
                              R"({"delimiter":"\n"})", R"({"delimiter":"é"})"}) {
        CAPTURE(wrong);
        CHECK(failure_of([&] { (void)shape(wrong); }).starts_with("-1: 'delimiter' must be one ASCII character"));
    }
    CHECK(failure_of([&] { (void)shape(R"({"comment":","})"); }) == "-1: 'comment' and 'delimiter' are the same");
    CHECK(shape(R"({"comment":",","delimiter":";"})").comment == ',');
}

TEST_CASE("the first map names the columns that are written") {
    CHECK(written({R"({"id":1,"name":"Ada"})", R"({"name":"Bo","id":2})", R"({"id":3})"}) ==
          "id,name\n1,Ada\n2,Bo\n3,\n");
    CHECK(written({R"({"id":1})"}, rows_only) == "1\n");
    CHECK(written({R"({"b":1,"a":2})"}, {}, {"a", "b"}) == "2,1\n");
    CHECK(written({R"([1,null,"x"])", R"(["y"])"}) == "1,,x\ny\n");
    CHECK(written({R"({"a":[1,2],"b":{"c":true},"d":1.50})"}, rows_only) == "\"[1,2]\",\"{\"\"c\"\":true}\",1.50\n");
}

TEST_CASE("a value that makes no row is refused") {
    CHECK(failure_of([] { (void)written({"7"}); }) ==
          "-1: a csv row is made from a map or a list, and this is a number");
    CHECK(failure_of([] { (void)written({"{}"}); }) == "-1: the first map is empty, so it names no columns");
    CHECK(failure_of([] { (void)written({R"({"a":1})", R"({"a":1,"b":2})"}); }) ==
          "-1: there is no column 'b': the first map names the columns");
}

TEST_CASE("a first map whose text was taken back names no columns") {
    std::string out;
    const auto encoder = csv_encoder({});
    encoder->encode(*Json(R"({"wrong":1})"), out);
    encoder->forget();
    out.clear();
    encoder->encode(*Json(R"({"right":1})"), out);
    CHECK(out == "right\n1\n");
    encoder->encode(*Json(R"({"right":2})"), out);
    encoder->forget();  // of a later one they stay
    out.clear();
    encoder->encode(*Json(R"({"right":3})"), out);
    CHECK(out == "3\n");
}

TEST_CASE("what is written reads the same again") {
    for (const char* text : {"", "plain", "a,b", "say \"no\"", "two\nlines", "cr\r", " spaces ", "\"", "\"\"", "é"}) {
        std::string out;
        write_csv_field("first", ',', out);
        out += ',';
        write_csv_field(text, ',', out);
        CsvRow row;
        std::size_t offset = 0;
        CAPTURE(out);
        REQUIRE(row.parse(out, ',', offset) == nullptr);
        REQUIRE(row.fields().size() == 2);
        CHECK(row.fields()[1].text == text);
    }
}

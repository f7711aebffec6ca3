// stdin: every format, good, bad and huge.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <thread>

#include "descriptor.hh"
#include "fake_host.hh"

using namespace flowrun::test;
using flowrun::value::Kind;
using Strings = std::vector<std::string>;

namespace {

// A node of stdin that has read `input`.
struct Read {
    explicit Read(const std::string& input, std::string_view settings = "{}") : host(FLOWRUN_CORE) {
        const Descriptor in(0, file_with(input));
        REQUIRE(host.create("stdin", settings));
        answer = host.run();
    }
    FakeHost host;
    Answer answer;
};

}  // namespace

TEST_CASE("ndjson: each line is a message, as it was written") {
    const Read read("{\"a\": 1}\n[2,  3]\n\"x\"\nnull\n");
    CHECK(read.answer.status == FLOWRUN_OK);
    CHECK(read.host.jsons() == Strings{"{\"a\": 1}", "[2,  3]", "\"x\"", "null"});
    CHECK(read.host.raised.empty());
}

TEST_CASE("ndjson: CR LF, blank lines, a byte order mark and a last line without an end are all fine") {
    const Read read("\xEF\xBB\xBF{\"a\":1}\r\n\r\n   \n\n2\r\n3");
    CHECK(read.host.jsons() == Strings{"{\"a\":1}", "2", "3"});
    CHECK(read.host.raised.empty());
}

TEST_CASE("ndjson: an empty input, and one of blank lines alone, have no messages") {
    CHECK(Read("").host.emitted.empty());
    CHECK(Read("\n").host.emitted.empty());
    CHECK(Read("\xEF\xBB\xBF").host.emitted.empty());
    const Read million(std::string(1'000'000, '\n'));
    CHECK(million.host.emitted.empty());
    CHECK(million.host.raised.empty());
    CHECK(million.answer.status == FLOWRUN_OK);
}

TEST_CASE("ndjson: no number is altered on its way through") {
    const std::string input =
        "9007199254740993\n1e400\n-0.0\n123456789012345678901234567890\n1.50\n18446744073709551615\n";
    const Read read(input);
    std::string output;
    for (const auto& one : read.host.jsons()) output += one + "\n";
    CHECK(output == input);
}

TEST_CASE("ndjson: a bad line is raised with its line and byte, and the others go on") {
    const Read read("{\"a\":1}\n{\"a\":tru}\n\n{\"a\":2}\n[1,\n3");
    CHECK(read.answer.status == FLOWRUN_OK);
    CHECK(read.host.jsons() == Strings{"{\"a\":1}", "{\"a\":2}", "3"});
    REQUIRE(read.host.raised.size() == 2);
    CHECK(read.host.raised[0].error.code == FLOWRUN_E_INVALID);
    CHECK(read.host.raised[0].error.retryable == FLOWRUN_RETRY_NO);
    CHECK(read.host.raised[0].error.message.starts_with("line 2, byte 1"));
    CHECK(read.host.raised[0].error.detail.starts_with(R"({"line":2,"offset":1)"));
    CHECK(read.host.raised[0].value == R"("{\"a\":tru}")");
    CHECK(read.host.raised[1].error.message.starts_with("line 5, byte "));
}

TEST_CASE("ndjson: bytes that are not UTF-8, and NUL, make the line bad and show it as bytes or text") {
    const Read read(std::string("\"a\xFF\"\n\"b\0c\"\n1\n", 12));
    CHECK(read.host.jsons() == Strings{"1"});
    REQUIRE(read.host.raised.size() == 2);
    CHECK(read.host.raised[0].kind == Kind::bytes);
    CHECK(read.host.raised[1].kind == Kind::string);
}

TEST_CASE("ndjson: what is shown of a long bad line is 4 KiB") {
    const Read read("[" + std::string(100'000, 'x') + "\n1\n");
    REQUIRE(read.host.raised.size() == 1);
    CHECK(read.host.raised[0].value.size() == 4096 + 2);
    CHECK(read.host.jsons() == Strings{"1"});
}

TEST_CASE("a line over the limit is skipped to its end, says the limit, and the next is read") {
    for (const std::size_t size : {2'000U, 5'000'000U}) {
        const Read read("1\n\"" + std::string(size, 'x') + "\"\n2\n", R"({"max_line":1000})");
        CHECK(read.host.jsons() == Strings{"1", "2"});
        REQUIRE(read.host.raised.size() == 1);
        CHECK(read.host.raised[0].error.message ==
              "line 2, byte 2: longer than 1000 bytes, the limit set by max_line; skipped");
        CHECK(read.host.raised[0].value.size() > 1000);
    }
    SECTION("at the end of the input as well") {
        for (const std::size_t size : {2'000U, 1'048'576U, 5'000'000U}) {
            const Read read("1\n" + std::string(size, 'x'), R"({"max_line":1000})");
            CHECK(read.host.jsons() == Strings{"1"});
            CHECK(read.host.raised.size() == 1);
        }
    }
    SECTION("lines are counted on") {
        const Read read(std::string(3'000'000, 'x') + "\n1\n{\n", R"({"max_line":1000})");
        REQUIRE(read.host.raised.size() == 2);
        CHECK(read.host.raised[1].error.message.starts_with("line 3, byte 3000004"));
    }
}

TEST_CASE("a line of exactly the limit is read") {
    const std::string line = "\"" + std::string(998, 'x') + "\"";
    const Read read(line + "\n", R"({"max_line":1000})");
    CHECK(read.host.jsons() == Strings{line});
    CHECK(read.host.raised.empty());
}

TEST_CASE("records of every length cross the blocks of a pipe unharmed") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    std::string input;
    for (std::size_t i = 0; i < 3000; ++i)
        input += "{\"n\":" + std::to_string(i) + ",\"x\":\"" + std::string(i, 'y') + "\"}\n";
    std::thread writer([&] {
        for (std::size_t at = 0; at < input.size();) {
            const auto wrote = ::write(ends[1], input.data() + at, std::min<std::size_t>(977, input.size() - at));
            if (wrote <= 0) break;
            at += static_cast<std::size_t>(wrote);
        }
        ::close(ends[1]);
    });
    FakeHost host(FLOWRUN_CORE);
    {
        const Descriptor in(0, ends[0]);
        REQUIRE(host.create("stdin"));
        CHECK(host.run().status == FLOWRUN_OK);
    }
    writer.join();
    std::string output;
    for (const auto& one : host.jsons()) output += one + "\n";
    CHECK((output == input));
}

TEST_CASE("a pipe gives each line as soon as it is there") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], "1\n2\n3", 5) == 5);
    FakeHost host(FLOWRUN_CORE);
    host.on_emit = [&] {
        if (host.emitted.size() == 2) {  // both came before there was more to read
            REQUIRE(::write(ends[1], "4\n", 2) == 2);
            ::close(ends[1]);
        }
    };
    const Descriptor in(0, ends[0]);
    REQUIRE(host.create("stdin"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{"1", "2", "34"});
}

TEST_CASE("a stop ends reading, between records and while nothing comes") {
    FakeHost host(FLOWRUN_CORE);
    host.on_emit = [&] { host.stopping = host.emitted.size() == 2 ? FLOWRUN_E_CANCELLED : FLOWRUN_OK; };
    const Descriptor in(0, file_with("1\n2\n3\n"));
    REQUIRE(host.create("stdin"));
    CHECK(host.run().status == FLOWRUN_E_CANCELLED);
    CHECK(host.emitted.size() == 2);
}

TEST_CASE("a directory and a closed descriptor are refused in words") {
    FakeHost host(FLOWRUN_CORE);
    {
        const Descriptor in(0, ::open("/", O_RDONLY));
        REQUIRE(host.create("stdin"));
        const Answer answer = host.run();
        CHECK(answer.status == FLOWRUN_E_PERMANENT);
        CHECK(answer.error.message == "stdin is a directory; redirect a file or a pipe to it");
    }
    const Descriptor in(0, ::open("/dev/null", O_RDONLY));
    FakeHost closed(FLOWRUN_CORE);
    REQUIRE(closed.create("stdin"));
    ::close(0);
    CHECK(closed.run().error.message == "stdin is closed; redirect a file or a pipe to it");
}

TEST_CASE("/dev/null is an empty input") {
    FakeHost host(FLOWRUN_CORE);
    const Descriptor in(0, ::open("/dev/null", O_RDONLY));
    REQUIRE(host.create("stdin"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.emitted.empty());
}

TEST_CASE("json: texts one after another, over as many lines as they like") {
    const Read read(" {\n \"a\": \"}]\\\"\",\n \"b\": [1, {\"c\": 2}]\n}{\"d\":3}\n42 \"x\" true\tnull\n-1.5",
                    R"({"format":"json"})");
    CHECK(read.host.raised.empty());
    REQUIRE(read.host.emitted.size() == 7);
    CHECK(read.host.jsons()[1] == R"({"d":3})");
    CHECK(read.host.jsons()[2] == "42");
    CHECK(read.host.jsons()[3] == "\"x\"");
    CHECK(read.host.jsons()[6] == "-1.5");
    CHECK(read.host.jsons()[0].find('\n') == std::string::npos);
}

TEST_CASE("json: of a list each element is a message") {
    CHECK(Read("[1, {\"a\":[2,3]},\n \"x\"] [] [[4]] 5", R"({"format":"json"})").host.jsons() ==
          Strings{"1", R"({"a":[2,3]})", "\"x\"", "[4]", "5"});
    CHECK(Read("[]", R"({"format":"json"})").host.emitted.empty());
    CHECK(Read(" \n ", R"({"format":"json"})").host.emitted.empty());
}

TEST_CASE("json: a bad element is raised and the next is read") {
    const Read read("[1, {\"a\":tru},\n nope, 2]", R"({"format":"json"})");
    CHECK(read.host.jsons() == Strings{"1", "2"});
    REQUIRE(read.host.raised.size() == 2);
    CHECK(read.host.raised[0].error.message.starts_with("line 1, byte "));
    CHECK(read.host.raised[1].error.message.starts_with("line 2, byte "));
}

TEST_CASE("json: where nothing can be made out any more, reading ends and says so") {
    for (const char* input : {"[1 2]", "[1,]", "[1,2", "1 }", "[,1]", "[1,2"}) {
        const Read read(input, R"({"format":"json"})");
        INFO(input);
        REQUIRE(read.host.raised.size() == 1);
        CHECK(read.host.raised[0].error.message.ends_with("; the rest of the input is not read"));
    }
    const Read cut("{\"a\":1} {\"b\":", R"({"format":"json"})");
    CHECK(cut.host.jsons() == Strings{R"({"a":1})"});
    CHECK(cut.host.raised.size() == 1);
}

TEST_CASE("json: an element over the limit is skipped") {
    const Read read("[1,\"" + std::string(3'000'000, ']') + "\", [2]]", R"({"format":"json","max_line":100})");
    CHECK(read.host.jsons() == Strings{"1", "[2]"});
    REQUIRE(read.host.raised.size() == 1);
    CHECK(read.host.raised[0].error.message.find("max_line") != std::string::npos);
}

TEST_CASE("lines: every line is a string, empty ones too, and bytes where it is not UTF-8") {
    const Read read(std::string("a b\n\n\"q\"\r\n\xC3\xA9\n\xFF\xFE\nx\0y\nlast", 24), R"({"format":"lines"})");
    CHECK(read.host.jsons() ==
          Strings{"\"a b\"", "\"\"", R"("\"q\"")", "\"\xC3\xA9\"", "\"//4=\"", R"("x\u0000y")", "\"last\""});
    CHECK(read.host.raised.empty());
}

TEST_CASE("csv: rows are maps by the header, all text unless told to infer") {
    const Read read("id,name,note\n007,\"O\"\"Neil, J\",\n8,\"two\nlines\",x\r\n\n9,,\"\"\n", R"({"format":"csv"})");
    CHECK(read.host.raised.empty());
    CHECK(read.host.jsons() == Strings{R"({"id":"007","name":"O\"Neil, J","note":""})",
                                       R"({"id":"8","name":"two\nlines","note":"x"})",
                                       R"({"id":"9","name":"","note":""})"});
}

TEST_CASE("csv: infer makes numbers, bools and null of what is not quoted, and alters no number") {
    const Read read(
        "a,b,c,d,e\n1,-2.50,true,,\"1\"\n007,1e5,x,9007199254740993,123456789012345678901234567890\n1 ,[1],-,+1,0x1\n",
        R"({"format":"csv","infer":true})");
    CHECK(read.host.jsons() ==
          Strings{R"({"a":1,"b":-2.50,"c":true,"d":null,"e":"1"})",
                  R"({"a":"007","b":1e5,"c":"x","d":9007199254740993,"e":123456789012345678901234567890})",
                  R"({"a":"1 ","b":"[1]","c":"-","d":"+1","e":"0x1"})"});
}

TEST_CASE("csv: without a header rows are lists, and the delimiter is as given") {
    CHECK(Read("a;b,c\n;\n", R"({"format":"csv","header":false,"delimiter":";"})").host.jsons() ==
          Strings{R"(["a","b,c"])", R"(["",""])"});
    FakeHost host(FLOWRUN_CORE);
    CHECK_FALSE(host.create("stdin", R"({"format":"csv","delimiter":"\""})"));
    CHECK(host.refused == "'delimiter' must be one ASCII character, and not a quote or a line break");
}

TEST_CASE("csv: ragged rows and broken quotes are raised with line and byte") {
    const Read read("a,b\n1\n\"x\"y,2\n3,4\n5,6,7\n\"a\nb\",8\n9\n\"open\n", R"({"format":"csv"})");
    CHECK(read.host.jsons() == Strings{R"({"a":"3","b":"4"})", R"({"a":"a\nb","b":"8"})"});
    REQUIRE(read.host.raised.size() == 5);
    CHECK(read.host.raised[0].error.message == "line 2, byte 4: this row has 1 fields, the header has 2");
    CHECK(read.host.raised[1].error.message == "line 3, byte 9: expected the delimiter after a quoted field");
    CHECK(read.host.raised[2].error.message == "line 5, byte 17: this row has 3 fields, the header has 2");
    CHECK(read.host.raised[3].error.message == "line 8, byte 31: this row has 1 fields, the header has 2");
    CHECK(read.host.raised[4].error.message == "line 9, byte 33: this quoted field is not closed");
}

TEST_CASE("csv: two columns of one name are refused") {
    const Read read("a,b,a\n1,2,3\n", R"({"format":"csv"})");
    CHECK(read.answer.status == FLOWRUN_E_INVALID);
    CHECK(read.answer.error.message == "two columns are called 'a'; rename one, or set header: false");
}

TEST_CASE("csv: a quote that is never closed uses no memory beyond the limit") {
    const Read read("a\n\"" + std::string(8'000'000, 'x'), R"({"format":"csv","max_line":1000})");
    CHECK(read.host.emitted.empty());
    REQUIRE(read.host.raised.size() == 1);
    CHECK(read.host.raised[0].error.message.starts_with("line 2, byte 2: longer than 1000 bytes"));
}

TEST_CASE("raw: the whole input is one message, and what is too long is refused") {
    CHECK(Read("a\nb\n", R"({"format":"raw"})").host.jsons() == std::vector<std::string>{"\"YQpiCg==\""});
    CHECK(Read("", R"({"format":"raw"})").host.jsons() == std::vector<std::string>{"\"\""});
    CHECK(Read(std::string(3'000'000, 'x'), R"({"format":"raw"})").host.emitted.size() == 1);
    const Read read(std::string(3'000'000, 'x'), R"({"format":"raw","max_line":2000000})");
    CHECK(read.host.emitted.empty());
    REQUIRE(read.host.raised.size() == 1);
    CHECK(read.host.raised[0].error.message ==
          "line 1, byte 0: longer than 2000000 bytes, the limit set by max_line; format: blocks reads it in pieces");
}

TEST_CASE("a text that goes over several lines of ndjson is told once how to be read") {
    const Read read("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n3\n", R"({"format":"ndjson"})");
    CHECK(read.host.jsons() == std::vector<std::string>{"3"});
    REQUIRE(read.host.raised.size() == 6);
    const std::string hint = "; a text that goes on over several lines needs format: json";
    CHECK(read.host.raised[0].error.message.ends_with(hint));
    for (std::size_t i = 1; i < 6; ++i) CHECK_FALSE(read.host.raised[i].error.message.ends_with(hint));
    const Read other("{\"a\":tru}\n", R"({"format":"ndjson"})");
    CHECK_FALSE(other.host.raised[0].error.message.ends_with(hint));
}

TEST_CASE("csv: a quoted field over the limit is one bad record, however many blocks and lines it goes over") {
    std::string text = "a\n\"";
    while (text.size() < 3'000'000) text += "not a row\n";
    const Read read(text + "\"\nrow\n", R"({"format":"csv","max_line":1000})");
    CHECK(read.host.raised.size() == 1);
    CHECK(read.host.jsons() == std::vector<std::string>{R"({"a":"row"})"});
}

TEST_CASE("csv: skip, comment and columns") {
    const Read read("Report of \"May\n\nname,age\n# none\nAda,36\n",
                    R"({"format":"csv","skip":2,"comment":"#","columns":["who","years"]})");
    CHECK(read.host.jsons() == std::vector<std::string>{R"({"who":"Ada","years":"36"})"});
    CHECK(read.host.raised.empty());
    FakeHost host(FLOWRUN_CORE);
    CHECK_FALSE(host.create("stdin", R"({"format":"csv","columns":["a","a"]})"));
    CHECK(host.refused == "'columns' names 'a' twice");
    CHECK_FALSE(host.create("stdin", R"({"format":"csv","comment":"\n"})"));
}

TEST_CASE("csv: an unclosed quote over the limit says how many lines it took") {
    std::string text = "a\n\"";
    for (int i = 0; i < 100; ++i) text += "row\n";
    const Read read(text, R"({"format":"csv","max_line":100})");
    REQUIRE(read.host.raised.size() == 1);
    CHECK(read.host.raised[0].error.message ==
          "line 2, byte 2: longer than 100 bytes, the limit set by max_line: it goes over 100 lines; skipped");
}

TEST_CASE("csv: lines that end in carriage returns are counted") {
    const Read read("a,b\r1,2\r3\r", R"({"format":"csv"})");
    CHECK(read.host.jsons() == std::vector<std::string>{R"({"a":"1","b":"2"})"});
    REQUIRE(read.host.raised.size() == 1);
    CHECK(read.host.raised[0].error.message == "line 3, byte 8: this row has 1 fields, the header has 2");
}

TEST_CASE("blocks: bytes as they come, every one of them, each block numbered") {
    std::string all;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
    const Read read(all, R"({"format":"blocks"})");
    REQUIRE(read.host.emitted.size() == 1);
    CHECK(read.host.jsons()[0].starts_with("\"AAECAwQF"));
    const Read more(std::string(3'000'000, 'x'), R"({"format":"blocks"})");
    REQUIRE(more.host.emitted.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(more.host.emitted[i].index == static_cast<std::int64_t>(i));
        CHECK(more.host.emitted[i].total == -1);
    }
}

TEST_CASE("a line far over the limit takes little memory", "[huge]") {
    // 300 MB through a pipe, against a limit of 1 MiB.
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    std::thread writer([end = ends[1]] {
        const std::string block(1U << 20U, 'x');
        for (int i = 0; i < 300; ++i) {
            for (std::size_t at = 0; at < block.size();) {
                const auto wrote = ::write(end, block.data() + at, block.size() - at);
                if (wrote <= 0) return;
                at += static_cast<std::size_t>(wrote);
            }
        }
        if (::write(end, "\n1\n", 3) != 3) return;
        ::close(end);
    });
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    FakeHost host(FLOWRUN_CORE);
    {
        const Descriptor in(0, ends[0]);
        REQUIRE(host.create("stdin", R"({"max_line":1048576})"));
        CHECK(host.run().status == FLOWRUN_OK);
    }
    writer.join();
    ::getrusage(RUSAGE_SELF, &after);
    CHECK(host.jsons() == Strings{"1"});
    REQUIRE(host.raised.size() == 1);
    CHECK(after.ru_maxrss - before.ru_maxrss < 64 * 1024);  // KiB; under a sanitizer it is half of that
}

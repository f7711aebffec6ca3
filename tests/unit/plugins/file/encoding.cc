// file.read and file.write with encoding.

#include <catch2/catch.hpp>

#include "fake_host.hh"
#include "scratch.hh"

using namespace flowrun::test;
using namespace std::string_literals;
using Strings = std::vector<std::string>;

namespace {

std::string written(const Scratch& scratch, const std::string& settings, const Strings& messages) {
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.write", R"({"path":")" + scratch.path("a") + "\"," + settings + "}"));
    for (const std::string& message : messages) CHECK(host.handle(message).status == FLOWRUN_OK);
    REQUIRE(host.end().status == FLOWRUN_OK);
    REQUIRE(host.commit().status == FLOWRUN_OK);
    return scratch.read("a");
}

}  // namespace

TEST_CASE("Files of other character sets are read, a bad record is raised, and reading goes on") {
    const Scratch scratch;
    const std::string path = scratch.write("a", "name;city\nJos\xe9;K\xf6ln\nx\x81;y\nz;w\n");
    const std::string settings =
        R"({"path":")" + path + R"(","format":"csv","delimiter":";","encoding":"windows-1252")";
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.read", settings + "}"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"name":"José","city":"Köln"})", R"({"name":"z","city":"w"})"});
    REQUIRE(host.raised.size() == 1);
    CHECK(host.raised[0].error.message.find("line 3") != std::string::npos);
    CHECK(host.raised[0].error.message.find("no text in windows-1252") != std::string::npos);

    FakeHost replacing(FLOWRUN_FILE);
    REQUIRE(replacing.create("file.read", settings + R"(,"bad_text":"replace"})"));
    CHECK(replacing.run().status == FLOWRUN_OK);
    CHECK(replacing.raised.empty());
    CHECK(replacing.jsons()[1] == "{\"name\":\"x\uFFFD\",\"city\":\"y\"}");
}

TEST_CASE("A header that is no text ends the file") {
    const Scratch scratch;
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.read", R"({"path":")" + scratch.write("a", "\x81,b\n1,2\n") +
                                         R"(","format":"csv","encoding":"windows-1252"})"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.emitted.empty());
    CHECK(host.raised.size() == 1);
}

TEST_CASE("Files are written in other character sets, and what does not fit leaves no trace") {
    const Scratch scratch;
    CHECK(written(scratch, R"("format":"lines","encoding":"latin1")", {"\"café\"", "\"b\""}) == "caf\xe9\nb\n");
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(
        host.create("file.write", R"({"path":")" + scratch.path("b") + R"(","format":"lines","encoding":"latin1"})"));
    CHECK(host.handle("\"a\"").status == FLOWRUN_OK);
    CHECK(host.handle("\"5 €\"").error.message == "'€' does not fit latin1");
    CHECK(host.handle("\"b\"").status == FLOWRUN_OK);
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(scratch.read("b") == "a\nb\n");
    const std::string replaced = R"("format":"lines","mode":"replace","bad_text":"replace","encoding":)";
    CHECK(written(scratch, replaced + "\"latin1\"", {"\"5 €!\""}) == "5 ?!\n");
    CHECK(written(scratch, replaced + "\"utf-16\"", {"\"a€\"", "\"b\""}) ==
          "\xff\xfe"
          "a\0\xac\x20\n\0b\0\n\0"s);
    CHECK(written(scratch, replaced + "\"utf-16be\"", {"\"a\""}) == "\0a\0\n"s);
}

TEST_CASE("A csv file in another character set keeps its columns when it is appended to") {
    const Scratch scratch;
    const std::string csv = R"("format":"csv","encoding":"latin1")";
    CHECK(written(scratch, csv, {R"({"café":1})"}) == "caf\xe9\n1\n");
    CHECK(written(scratch, csv, {R"({"café":2})"}) == "caf\xe9\n1\n2\n");
}

TEST_CASE("A followed file may be in another character set") {
    const Scratch scratch;
    FakeHost host(FLOWRUN_FILE);
    REQUIRE(host.create("file.read", R"({"path":")" + scratch.write("a", "\xe9\n") +
                                         R"(","follow":true,"format":"lines","encoding":"latin1"})"));
    int waits = 0;
    host.on_wait = [&] {
        if (++waits == 1) scratch.append("a", "\xe8\n");
        else host.stopping = FLOWRUN_E_CANCELLED;
    };
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{"\"é\"", "\"è\""});
}

TEST_CASE("Encodings are refused where they have no sense") {
    const Scratch scratch;
    const auto refused = [&](const char* component, const std::string& settings) {
        FakeHost host(FLOWRUN_FILE);
        CHECK_FALSE(host.create(component, R"({"path":")" + scratch.path("a") + "\"," + settings + "}"));
        return host.refused;
    };
    CHECK(refused("file.read", R"("format":"raw","encoding":"latin1")").find("bytes as they are") != std::string::npos);
    CHECK(refused("file.read", R"("encoding":"latin1","state":"s")").find("UTF-8 only") != std::string::npos);
    CHECK(refused("file.read", R"("encoding":"utf-16","follow":true,"from":"end")").find("from: start") !=
          std::string::npos);
    CHECK(refused("file.write", R"("encoding":"utf-16")").find("mode: replace") != std::string::npos);
    CHECK_FALSE(scratch.has("s"));
    for (const char* name : {"klingon", "latin1//IGNORE", "utf-8,x", "../../x"}) {
        CHECK(refused("file.write", "\"encoding\":\"" + std::string(name) + "\"").find("there is no character set") !=
              std::string::npos);
    }
}

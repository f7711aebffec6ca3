// What is executed: words, environments, and where a program is looked for.

#include "command.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "values.hh"

using namespace flowrun::core::exec;
using flowrun::test::failure_of;
using flowrun::test::Json;
using Strings = std::vector<std::string>;

namespace {

Strings words(const char* json) {
    const Json argv(json);
    return words_of(*argv);
}

// A folder with programs `there` and `sub/there`, a file `closed` that is not executable, and a folder `place`.
class Folder {
public:
    Folder() {
        char name[] = "/tmp/flowrun-command-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        path = name;
        std::filesystem::create_directories(path + "/sub");
        std::filesystem::create_directories(path + "/place");
        for (const char* file : {"/there", "/sub/there", "/closed"}) std::ofstream(path + file) << "#!/bin/sh\n";
        for (const char* file : {"/there", "/sub/there"}) REQUIRE(::chmod((path + file).c_str(), 0755) == 0);
        REQUIRE(::chmod((path + "/closed").c_str(), 0644) == 0);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path;
};

}  // namespace

TEST_CASE("words are strings and numbers as they were written") {
    CHECK(words(R"(["a", 1, 1.50, true, "", 12345678901234567890123])") ==
          Strings{"a", "1", "1.50", "true", "", "12345678901234567890123"});
    CHECK(failure_of([] { words("[]"); }) == "-1: 'argv' names no program: its first word is empty");
    CHECK(failure_of([] { words(R"(["", "a"])"); }) == "-1: 'argv' names no program: its first word is empty");
    CHECK(failure_of([] { words(R"(["a", null])"); }) == "-1: argv[1] is null, not a string or a number");
    CHECK(failure_of([] { words(R"(["a", ["b"]])"); }) == "-1: argv[1] is a list, not a string or a number");
    CHECK(failure_of([] { words("[\"a\\u0000b\"]"); }) ==
          "-1: argv[0] holds a NUL character, which no command can be given");
}

TEST_CASE("an environment is changed by name") {
    Environment environment;
    environment.set("A", "1");
    environment.set("AB", "2");
    environment.set("A", "3=4");
    CHECK(environment.lines() == Strings{"A=3=4", "AB=2"});
    CHECK(environment.get("A") == "3=4");
    CHECK(environment.get("AB") == "2");
    CHECK(environment.get("B").empty());
    environment.unset("A");
    environment.unset("B");
    CHECK(environment.lines() == Strings{"AB=2"});
    const Json map(R"({"AB": null, "N": 7, "S": "x y"})");
    environment.add(*map);
    CHECK(environment.lines() == Strings{"N=7", "S=x y"});
}

TEST_CASE("what cannot stand in an environment is refused") {
    const auto add = [](const char* json) {
        const Json map(json);
        return failure_of([&] { Environment().add(*map); });
    };
    CHECK(add(R"({"": 1})") == "-1: '' cannot be the name of a variable in 'env'");
    CHECK(add(R"({"A=B": 1})") == "-1: 'A=B' cannot be the name of a variable in 'env'");
    CHECK(add(R"({"A": {}})") == "-1: env.A is a map, not a string or a number");
    CHECK(add("{\"A\": \"\\u0000\"}") == "-1: env.A holds a NUL character, which no command can be given");
}

TEST_CASE("an environment that is inherited is the process's own") {
    REQUIRE(::setenv("FLOWRUN_TEST_COMMAND", "here", 1) == 0);
    CHECK(Environment::inherited().get("FLOWRUN_TEST_COMMAND") == "here");
    ::unsetenv("FLOWRUN_TEST_COMMAND");
    CHECK(Environment::inherited().get("FLOWRUN_TEST_COMMAND").empty());
}

TEST_CASE("a program is looked for along PATH") {
    const Folder folder;
    const std::string& at = folder.path;
    CHECK(program_of("there", at, "") == at + "/there");
    CHECK(program_of("there", "/nowhere:" + at + "/sub:" + at, "") == at + "/sub/there");
    CHECK(program_of("sh", "", "").ends_with("/sh"));
    CHECK(program_of("there", ":/nowhere", at) == "./there");  // an empty entry is the command's own folder
    CHECK(program_of("there", "sub", at) == "sub/there");
}

TEST_CASE("a program with a slash is not looked for") {
    const Folder folder;
    CHECK(program_of("./there", "/nowhere", folder.path) == "./there");
    CHECK(program_of(folder.path + "/there", "", "/") == folder.path + "/there");
}

TEST_CASE("a program that is not there says why") {
    const Folder folder;
    const auto wrong = [&](const std::string& name, const std::string& path) {
        return failure_of([&] { (void)program_of(name, path, folder.path); });
    };
    CHECK(wrong("nope", folder.path) == "-7: cannot run 'nope': there is no such command on PATH");
    CHECK(wrong("./nope", "") == "-7: cannot run './nope': No such file or directory");
    CHECK(wrong("./place", "") == "-7: cannot run './place': it is a folder");
    if (::geteuid() != 0 || ::access((folder.path + "/closed").c_str(), X_OK) != 0) {
        CHECK(wrong("closed", folder.path).starts_with("-7: cannot run 'closed': it is not executable"));
        CHECK(wrong("./closed", "").starts_with("-7: cannot run './closed': it is not executable"));
    }
}

TEST_CASE("a start that failed may be worth another attempt, or not") {
    Command command;
    command.argv = {"it"};
    command.cwd = "/place";
    const auto code = [&](int error, bool folder = false) { return start_failure(command, error, folder).code(); };
    for (const int error : {EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY}) {
        CHECK(code(error) == flowrun::sdk::Status::unavailable);
    }
    CHECK(code(E2BIG) == flowrun::sdk::Status::invalid);
    for (const int error : {ENOEXEC, ENOENT, EACCES}) CHECK(code(error) == flowrun::sdk::Status::permanent);
    CHECK(std::string(start_failure(command, ENOENT, true).what()) ==
          "cannot run 'it' in '/place': No such file or directory");
}

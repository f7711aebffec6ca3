// The specification's public cases, where they are at hand: the folder that FLOWRUN_CEL_CASES names, or ../shared/cel.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "evaluated.hh"
#include "expr/collection.hh"

using namespace flowrun;
using namespace flowrun::expr;

namespace {

std::filesystem::path folder() {
    const char* named = std::getenv("FLOWRUN_CEL_CASES");
    if (named != nullptr) return named;
    return std::filesystem::path(test::project()) / ".." / "shared" / "cel";
}

bool same(const Value& a, const Value& b);

bool same_entries(const Map& a, const Map& b) {
    if (a.count != b.count) return false;
    for (std::uint32_t i = 0; i < a.count; ++i) {
        const Value& key = a.entries[2 * i];
        const Value* held = find_in(b, key);
        if (held == nullptr || !same(held[-1], key) || !same(*held, a.entries[2 * i + 1])) return false;
    }
    return true;
}

// Stricter than the language: type and value, a NaN is a NaN, -0.0 is not 0.0.
bool same(const Value& a, const Value& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Kind::null: return true;
        case Kind::real:
            return (std::isnan(a.d) && std::isnan(b.d)) || (a.d == b.d && std::signbit(a.d) == std::signbit(b.d));
        case Kind::string:
        case Kind::bytes: return a.view() == b.view();
        case Kind::list: {
            Elements left(a), right(b);
            for (Value x, y; left.next(x) && right.next(y);) {
                if (!same(x, y)) return false;
            }
            return a.size == b.size;
        }
        case Kind::map: return same_entries(*a.map, *b.map);
        case Kind::type: return a.named == b.named;
        case Kind::timestamp: return a.i == b.i && a.size == b.size;
        case Kind::boolean: return a.b == b.b;
        default: return a.u == b.u;
    }
}

struct Tally {
    std::size_t cases = 0;
    std::size_t passed = 0;
};

// Whether the answer is what the case wants.
bool passes(const value::Node& wanted, const std::string& answer) {
    const auto got = value::parse(answer);
    if (!got) return false;
    if (wanted.member("error") != nullptr) return (*got)->member("error") != nullptr;
    const value::Node* value = (*got)->member("value");
    Arena arena;
    if (value == nullptr || wanted.member("value") == nullptr) return false;
    const auto a = read_typed(*wanted.member("value"), arena);
    const auto b = read_typed(*value, arena);
    return a && b && same(*a, *b);
}

std::string name_of_case(const value::Node& one) {
    std::string out;
    for (const char* part : {"file", "section", "name"}) {
        if (!out.empty()) out += '/';
        out += one.member(part)->as_string().value_or("");
    }
    return out;
}

// Lines of `file/section/name: the rule that is not met`; empty lines and those that begin with # are none.
std::set<std::string> known_failures() {
    std::ifstream file(test::project() + "/tests/cel/known-failures");
    REQUIRE(file);
    std::set<std::string> out;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto colon = line.find(": ");
        INFO("a known failure states the rule it does not meet: " << line);
        REQUIRE(colon != std::string::npos);
        REQUIRE(line.size() > colon + 10);
        out.insert(line.substr(0, colon));
    }
    return out;
}

}  // namespace

TEST_CASE("the specification's cases pass, but for those listed as known failures") {
    const auto cases = folder();
    if (!std::filesystem::is_directory(cases)) {
        WARN("skipped: there are no cases at " << cases << "; name their folder in FLOWRUN_CEL_CASES");
        return;
    }
    std::map<std::string, Tally> tallies;
    std::set<std::string> failed;
    for (const auto& entry : std::filesystem::directory_iterator(cases)) {
        if (entry.path().extension() != ".jsonl") continue;
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            const auto one = value::parse(line);
            REQUIRE(one);
            Tally& tally = tallies[entry.path().stem().string()];
            bool good = true;
            // A checker may refuse what is marked unchecked; with and without it the results are the same.
            for (const bool strict : {false, true}) {
                if (strict && (*one)->member("unchecked") != nullptr) continue;
                std::string answer;
                answer_case(line, nullptr, strict, answer);
                good = good && passes(**one, answer);
            }
            ++tally.cases;
            tally.passed += good ? 1 : 0;
            if (!good) failed.insert(name_of_case(**one));
        }
    }
    std::string report;
    for (const auto& [name, tally] : tallies) {
        report += name + ' ' + std::to_string(tally.passed) + '/' + std::to_string(tally.cases) + '\n';
    }
    CHECK_FALSE(tallies.empty());
    INFO(report);
    const std::set<std::string> known = known_failures();
    for (const std::string& name : failed) {
        INFO("fails and is not known to: " << name);
        CHECK(known.contains(name));
    }
    for (const std::string& name : known) {
        INFO("passes now, so take it off the list of known failures: " << name);
        CHECK(failed.contains(name));
    }
}

TEST_CASE("the runner of cases says what is wrong with a case") {
    const auto answer = [](const char* line) {
        std::string out;
        answer_case(line, nullptr, false, out);
        return out;
    };
    CHECK(answer(R"({"expr":"1 + x","bindings":{"x":{"int":"2"}}})") == R"({"value":{"int":"3"}})");
    CHECK(answer(R"({"expr":"1 +"})").starts_with(R"({"error":)"));
    CHECK(answer(R"({"expr":"x","bindings":{"x":{"int":"x"}}})") == R"({"error":"binding 'x': this is no typed int"})");
    CHECK(answer("{").starts_with(R"({"error":"not JSON)"));
    CHECK(answer("{}") == R"({"error":"the case has no 'expr' that is a string"})");
    CHECK(answer(R"({"expr":5})") == R"({"error":"the case has no 'expr' that is a string"})");
    CHECK(answer("[1]") == R"({"error":"the case has no 'expr' that is a string"})");
    CHECK(answer(" ") == R"({"error":"the line is empty"})");
    CHECK(answer(R"({"expr":"1","bindings":[1]})") == R"({"error":"'bindings' is no map of typed values"})");
    CHECK(answer(R"({"expr":"1","bindings":{"x":{"wat":1}}})") ==
          R"({"error":"binding 'x': there is no typed value 'wat'"})");
    CHECK(answer(R"({"expr":"1","bindings":{"x":5}})") ==
          R"({"error":"binding 'x': this is no typed value: that is a map of one entry, such as {\"int\":\"1\"}"})");
}

// The examples of flowrun-expr(7): each line `.Dl EXPRESSION  \(->  RESULT` is evaluated, and gives what an
// evaluation of RESULT gives; a result that begins with `error:` names a part of the message.

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "evaluated.hh"
#include "expr/function.hh"

using namespace flowrun::expr;
using namespace flowrun::expr::test;

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

// What the page shows.
std::string shown(std::string line) {
    const std::vector<std::pair<std::string, std::string>> escapes{{"\\(aq", "'"}, {"\\(dq", "\""}, {"\\-", "-"},
                                                                   {"\\(ha", "^"}, {"\\(ti", "~"},  {"\\(ga", "`"},
                                                                   {"\\(ba", "|"}, {"\\&", ""},     {"\\e", "\\"}};
    for (const auto& [from, to] : escapes) replace_all(line, from, to);
    return line;
}

struct Example {
    std::string text, result;
};

std::vector<Example> examples() {
    std::ifstream page(project() + "/man/flowrun-expr.7");
    REQUIRE(page);
    std::vector<Example> out;
    for (std::string line; std::getline(page, line);) {
        const auto arrow = line.find("  \\(->  ");
        if (!line.starts_with(".Dl ") || arrow == std::string::npos) continue;
        out.push_back({shown(line.substr(4, arrow - 4)), shown(line.substr(arrow + 8))});
    }
    return out;
}

const Bindings message{
    {"msg",
     R"({"id":17,"status":"paid","total":120.5,"customer":{"name":"Žofie","country":"CZ"},"email":"z@example.org",)"
     R"("items":[{"sku":"b","price":30,"tags":["x","y"]},{"sku":"a","price":12,"tags":["y"]}],"note":null,"at":"2026-01-31T08:00:00Z"})"}};

}  // namespace

TEST_CASE("the manual's examples give what the manual says") {
    const auto all = examples();
    CHECK(all.size() > 100);
    for (const Example& e : all) {
        const std::string got = typed(e.text, message);
        INFO(e.text << "\n  gives " << got << "\n  the manual says " << e.result);
        if (e.result.starts_with("error: ")) {
            CHECK(fails(got, e.result.substr(7)));
        } else {
            CHECK(got == typed(e.result, message));
            CHECK_FALSE(fails(got));
        }
    }
}

TEST_CASE("every function has an example in the manual") {
    std::string text;
    for (const Example& e : examples()) text += e.text + '\n';
    std::set<std::string> missing;
    for (const bool receiver : {false, true}) {
        for (const std::string_view name : function_names(receiver)) {
            const std::string call = (receiver ? "." : "") + std::string(name) + "(";
            if (text.find(call) == std::string::npos) missing.insert(call);
        }
    }
    INFO(std::string("without an example: ") + [&] {
        std::string all;
        for (const std::string& name : missing) all += name + ' ';
        return all;
    }());
    CHECK(missing.empty());
}

TEST_CASE("every operator and macro has an example in the manual") {
    std::string text;
    for (const Example& e : examples()) text += e.text + '\n';
    for (const char* part : {" + ",
                             " - ",
                             " * ",
                             " / ",
                             " % ",
                             " == ",
                             " != ",
                             " < ",
                             " <= ",
                             " > ",
                             " >= ",
                             " && ",
                             " || ",
                             "!",
                             " ? ",
                             " in ",
                             "[0]",
                             ".?",
                             "[?",
                             "{?",
                             "has(",
                             ".all(",
                             ".exists(",
                             ".exists_one(",
                             ".existsOne(",
                             ".map(",
                             ".filter(",
                             ".transformList(",
                             ".transformMap(",
                             ".transformMapEntry(",
                             ".sortBy(",
                             ".groupBy(",
                             ".optMap(",
                             ".optFlatMap(",
                             "cel.bind(",
                             "b'",
                             "r'",
                             "0x",
                             "1u"}) {
        INFO(part);
        CHECK(text.find(part) != std::string::npos);
    }
}

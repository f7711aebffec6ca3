// What a YAML reader can be made to do: none of it takes more than a bounded time and memory, or passes silently.

#include <catch2/catch.hpp>

#include <sys/resource.h>

#include "flow/read.hh"
#include "flow/report.hh"
#include "told.hh"

using namespace flowrun::flow;

namespace {

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

long peak_kilobytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr double most_seconds = 40;
constexpr long most_kilobytes = 3'000'000;
#else
constexpr double most_seconds = 8;
constexpr long most_kilobytes = 700'000;
#endif

std::string times(std::size_t count, std::string_view text) {
    std::string out;
    out.reserve(count * text.size());
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

// Checked and reported within the bounds.
std::string report(const std::string& text) {
    const double before = cpu_seconds();
    const Told told(text);
    const std::string out = to_text(told.checked.issues, *told.source) + to_json(told.checked.issues, *told.source);
    CHECK(cpu_seconds() - before < most_seconds);
    CHECK(peak_kilobytes() < most_kilobytes);
    CHECK(out.size() < 2'000'000);
    return told.all();
}

const std::string head = "flowrun: 1\nnodes: { a: { uses: generate }, b: { uses: pass } }\nedges:\n";

}  // namespace

TEST_CASE("a file without a flow is told in a word") {
    CHECK(report("") == "1:1 error: the flow is empty");
    CHECK(report("\n\n# nothing\n") == "1:1 error: the flow is empty");
    CHECK(report("~\n").find("the flow is empty") == std::string::npos);
    CHECK(report("hello\n") == "1:1 error: a flow is a map of keys, which this is not | begin it with flowrun: 1");
    CHECK(report("- a\n") == "1:1 error: a flow is a map of keys, which this is not | begin it with flowrun: 1");
    CHECK(report(",") ==
          "1:1 error: unexpected text, the flow has ended before it | the keys of a flow stand at the "
          "beginning of their lines");
    CHECK(report(",,,,") != "");
    CHECK(report("]") != "");
    CHECK(report("flowrun: 1\n---\nflowrun: 1\n") ==
          "2:1 error: a second document begins here; a flow is one document | put the second flow into a file of its "
          "own");
}

TEST_CASE("bytes that are no text are told at their place") {
    CHECK(
        report(std::string("flowrun: 1\nname: a\0b\n", 21)) ==
        "2:8 error: control character 0x00 cannot stand in a flow | inside double quotes write it as \\xNN, or take it "
        "out");
    CHECK(report("flowrun: 1\nname: \x04zz\n").starts_with("2:7 error: control character 0x04"));
    CHECK(report("flowrun: 1\nname: ž\xff\n") == "2:8 error: byte 0xFF is not UTF-8 | save the file as UTF-8");
    CHECK(report("flowrun: 1\nname: \xed\xa0\x80\n").starts_with("2:7 error: byte 0xED is not UTF-8"));
    CHECK(report(std::string("\xff\xfe"
                             "f\0l\0",
                             6))
              .starts_with("1:1 error: byte 0xFF is not UTF-8"));
    CHECK(report("flowrun: 1\rname: a\n").starts_with("1:11 error: control character 0x0D"));
}

TEST_CASE("limits of size, depth and number hold, and say so") {
    CHECK(report(std::string(max_bytes + 1, ' ')) ==
          "0:0 error: the flow is larger than 1048576 bytes (1 MiB), which is the most that is read");
    CHECK(report(std::string(max_bytes, ' ')) == "1:1 error: the flow is empty");
    for (const std::string_view piece : {"[", "{", "- ", "{a: ", "[[],", "? ", "[a,", "[a: ", "- - - ? "}) {
        INFO(piece);
        CHECK(report(times(max_bytes / piece.size(), piece)) != "");
    }
    CHECK(report("a: " + times(64, "[") + times(64, "]")).find("nested more than 64 levels deep") != std::string::npos);
    CHECK(report("[" + times(max_bytes / 2 - 1, "a,") + "]").find("grows beyond 100000 values") != std::string::npos);
    CHECK(report("a: [" + times(60'000, "\"a\",") + "]") != "");
}

TEST_CASE("aliases stay within the limits") {
    CHECK(
        report("&a [*a]").find("1:5 error: '*a' stands inside of what it is an alias of | write the value out, or take "
                               "the alias away") != std::string::npos);
    CHECK(report("a: &a { b: { c: *a } }\n").find("1:17 error: '*a' stands inside") != std::string::npos);
    std::string bomb = "flowrun: 1\na: &a [x,x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c < 'p'; ++c) {
        bomb += fmt::format("{0}: &{0} [{1}]\n", c, times(9, fmt::format("*{},", static_cast<char>(c - 1))));
    }
    CHECK(report(bomb).find("grows beyond 100000 values") != std::string::npos);
    CHECK(report("a: &a " + std::string(500'000, 'x') + "\nb: [" + times(90'000, "*a,") + "]\n").find("grows beyond") !=
          std::string::npos);
    std::string tower = "a0: &a0 x\n";
    for (int i = 1; i < 2000; ++i) tower += fmt::format("a{0}: &a{0} [[[[*a{1}]]]]\n", i, i - 1);
    CHECK(report(tower).find("nested more than 64 levels deep") != std::string::npos);
    CHECK(report(times(90'000, "- &a x\n")) != "");
    CHECK(report(times(60, "- &a\n  ") + "x") != "");
}

TEST_CASE("many mistakes cost a bounded time and output") {
    CHECK(report("{" + times(99'000, "a,") + "}") != "");
    std::string keys, nodes, edges;
    for (int i = 0; i < 45'000; ++i) keys += fmt::format("k{}: x\n", i);
    CHECK(report(keys).find("unknown key 'k0'") != std::string::npos);
    for (int i = 0; i < 20'000; ++i) nodes += fmt::format("  node{}: {{ uses: nope{} }}\n", i, i);
    for (int i = 0; i < 12'000; ++i) edges += fmt::format("  - nodo{} -> node{}\n", i, i + 1);
    CHECK(report("flowrun: 1\nnodes:\n" + nodes + "edges:\n" + edges) != "");
    CHECK(report(head + "  - a -> [" + times(200'000, "b, ") + "b]\n").find("too many edges") != std::string::npos);
    CHECK(report("defaults: { edge: { map: [" + times(20'000, "x,") + "] } }\n" + head + "  - a -> [" +
                 times(9'000, "b, ") + "b]\n")
              .find("too many edges") != std::string::npos);
    CHECK(report(head + "  - a -> b:\n      when: " + std::string(500'000, '(') + "\n") != "");
    CHECK(report(head + "  - a -> b:\n      when: " + times(200'000, "a||") + "a\n") != "");
    CHECK(report(times(500'000, "\"\n")) != "");
    CHECK(report("a: \"" + times(200'000, "\\u0041") + "\"") != "");
    CHECK(report("a: |\n" + times(300'000, " \n") + " b\n") != "");
    CHECK(report("a" + std::string(1'000'000, '\n') + "b") != "");
    CHECK(report(times(100'000, "%YAML 1.2\n")) != "");
    CHECK(report(times(100'000, "---\n")) != "");
    CHECK(report(times(40, "- *a\n")) != "");
    std::string rings;
    nodes.clear();
    for (int i = 0; i < 9'000; ++i) nodes += fmt::format("  n{}: {{ uses: pass }}\n", i);
    for (int i = 0; i < 9'000; ++i) rings += fmt::format("  - n{} -> n{}\n", i, (i + 1) % 9'000);
    CHECK(report("flowrun: 1\nnodes:\n" + nodes + "edges:\n" + rings).find("a cycle of sync edges") !=
          std::string::npos);
}

TEST_CASE("a number beyond any integer is no integer, and passes through a map unchanged") {
    CHECK(report(head + "  - a ~> b:\n      workers: 99999999999999999999999\n") ==
          "4:7 warning: nobody takes what fails in 'b': it is counted, and the run fails | add an edge from b.error\n"
          "5:16 error: 'workers' must be 1 to 1000000, not '99999999999999999999999'");
    const Told told(head + "  - a -> b:\n      map: { n: 99999999999999999999999, m: 9007199254740993, f: 1e400 }\n");
    CHECK(told.all() == "");
    flowrun::value::Builder builder;
    flowrun::Arena arena;
    flowrun::expr::Frame frame(flowrun::expr::message_scope(told.checked.constants.names));
    REQUIRE(told.checked.edges[0].map->build(frame, arena, builder));
    CHECK(flowrun::value::to_json(*builder.finish()) ==
          R"({"n":99999999999999999999999,"m":9007199254740993,"f":1e400})");
}

TEST_CASE("a comment without a blank before it is told of, and not what it took along") {
    const auto told = [](const std::string& value) {
        return Told("flowrun: 1\nnodes:\n  a: { uses: generate, with: { value: " + value +
                    " }\n  b: { uses: stdout }\nedges: [a -> b]\n")
            .all();
    };
    const auto lost = [](const std::string& place, const std::string& word) {
        return place +
               " error: not YAML: '#' begins a comment here, and what follows in this line is lost | quote it: \"" +
               word + "\"; if it is a comment write a blank before it";
    };
    const auto apart = [](const std::string& place) {
        return place + " error: not YAML: a comment begins after a blank | write a blank before the '#'";
    };
    CHECK(told("[echo, a,#b] }") == lost("3:48", "#b"));
    CHECK(told("[#b, a] }") == lost("3:40", "#b"));
    CHECK(told("{#b: 1} }") == lost("3:40", "#b:"));
    CHECK(told("[a,#x\n    b] }") == lost("3:42", "#x"));
    CHECK(told("[[a],#x, y\n    b] }") == lost("3:44", "#x"));
    CHECK(told("[a]#b } }") == apart("3:42"));
    CHECK(told("[a] }#b") == apart("3:44"));
    for (const char* fine :
         {"['[#]', \"{#}\", a#b] }", "[a, # ,#b\n b] }", "{ a: b#c } } # [#,#]\n   ", "[a, b] }\t#]\n   "}) {
        CHECK(told(fine) == "");
    }
    CHECK(Told("flowrun: 1\nnodes:\n  a:\n    uses: generate\n    with:\n      value: |\n        a,#b\n        [#c]\n  "
               "b: { "
               "uses: stdout }\nedges: [a -> b]\n")
              .all() == "");
    // With its blank it takes along what was to close a bracket.
    CHECK(told("{ v: #foo } }") ==
          "3:39 error: not YAML: this '{' is not closed | ' #' in line 3 begins a comment, which takes the '}' along: "
          "quote it: \"#foo\"");
    CHECK(told("[ a, # see [1]\n").find("comment") == std::string::npos);
}

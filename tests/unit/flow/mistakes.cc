// The usual mistakes in writing YAML: who makes one is told the cause, at its own line and column, with the remedy.

#include <catch2/catch.hpp>

#include "flow/outline.hh"
#include "flow/quote.hh"
#include "told.hh"

using namespace flowrun::flow;

namespace {

constexpr std::string_view good =
    "flowrun: 1\n"                                     // 1
    "name: orders\n"                                   // 2
    "env: [USER]\n"                                    // 3
    "params:\n"                                        // 4
    "  n: { type: int, default: 3 }\n"                 // 5
    "nodes:\n"                                         // 6
    "  in: { uses: generate, with: { every: 1s } }\n"  // 7
    "  paid:\n"                                        // 8
    "    uses: filter\n"                               // 9
    "    with:\n"                                      // 10
    "      when: msg.paid\n"                           // 11
    "  note:\n"                                        // 12
    "    uses: http.get\n"                             // 13
    "    with:\n"                                      // 14
    "      url: \"got ${msg.id}\"\n"                   // 15
    "      timeout: 2s\n"                              // 16
    "  out: { uses: pass }\n"                          // 17
    "edges:\n"                                         // 18
    "  - in -> paid\n"                                 // 19
    "  - paid -> note -> out:\n"                       // 20
    "      retry: 2\n"                                 // 21
    "      timeout: 5s\n";                             // 22

// The whole word of the flow with one text replaced.
std::string told(std::string_view wrong, std::string_view replacement) {
    std::string text(good);
    const std::size_t at = text.find(wrong);
    REQUIRE(at != std::string::npos);
    text.replace(at, wrong.size(), replacement);
    return Told(text).all();
}

struct Wrong {
    std::string_view was, is, told;
};

void check_all(std::initializer_list<Wrong> all) {
    for (const Wrong& wrong : all) {
        INFO("'" << wrong.was << "' as '" << wrong.is << "'");
        CHECK(told(wrong.was, wrong.is) == wrong.told);
    }
}

constexpr std::string_view tab =
    "a tab indents this line; YAML indents by spaces alone | put spaces in place of the tab, as many as the lines "
    "beside it "
    "have";

}  // namespace

TEST_CASE("a tab as indentation is called a tab, wherever it stands") {
    const auto at = [](std::string_view place) { return std::string(place) + " error: not YAML: " + std::string(tab); };
    CHECK(told("    uses: filter", "\tuses: filter") == at("9:1"));
    CHECK(told("    uses: filter", "  \tuses: filter") == at("9:3"));
    CHECK(told("  in: {", "\tin: {") == at("7:1"));
    CHECK(told("      when", "\t\twhen") == at("11:1"));
    CHECK(told("  - in", "\t- in") == at("19:1"));
    CHECK(told("      retry", "\t\t\tretry") == at("21:1"));
    CHECK(told("\"got ${msg.id}\"", "|\n\t\tgot").starts_with("16:1 error: not YAML: a tab indents this line"));
    CHECK(told("uses: filter", "uses:\tfilter") == "");
    CHECK(told("- in -> paid", "-\tin -> paid") == "");
}

TEST_CASE("a space that is missing behind ':' or '-' is told where it is missing") {
    const std::string_view space = "':' needs a space after it";
    check_all({
        {"uses: filter", "uses:filter", "9:9 error: not YAML: ':' needs a space after it | write 'uses: filter'"},
        {"timeout: 2s", "timeout:2s", "16:14 error: not YAML: ':' needs a space after it | write 'timeout: 2s'"},
        {"flowrun: 1", "flowrun:1", "1:8 error: not YAML: ':' needs a space after it | write 'flowrun: 1'"},
        {"out: {", "out:{", "17:6 error: not YAML: ':' needs a space after it | write 'out: {'"},
        {"uses: filter", "uses：filter",
         "9:9 error: not YAML: this is no ':' but a wider character (U+FF1A) | write 'uses: filter'"},
        {"- in", "-in", "19:3 error: not YAML: '-' needs a space after it | write '- in -> paid'"},
        {"- paid", "-paid", "20:3 error: not YAML: '-' needs a space after it | write '- paid -> note -> out:'"},
    });
    CHECK(told("url: \"got", "url:\"got").find(space) != std::string::npos);
}

TEST_CASE("a ':' that is missing, or is one too many, is told in its own line") {
    check_all({
        {"nodes:\n", "nodes\n", "6:1 error: not YAML: a ':' is missing after 'nodes' | write 'nodes:'"},
        {"edges:\n", "edges\n", "18:1 error: not YAML: a ':' is missing after 'edges' | write 'edges:'"},
        {"  paid:\n", "  paid\n", "8:3 error: not YAML: a ':' is missing after 'paid' | write 'paid:'"},
        {"with:\n      when", "with\n      when",
         "10:5 error: not YAML: a ':' is missing after 'with' | write 'with:', or indent it deeper if it goes on from "
         "line "
         "9"},
        {"uses: filter", "uses filter", "9:5 error: not YAML: a ':' is missing after 'uses' | write 'uses: filter'"},
        {"uses: filter", "uses = filter",
         "9:9 error: not YAML: a key is followed by ':', not by '=' | write 'uses: filter'"},
        {"-> out:\n", "-> out\n",
         "20:5 error: not YAML: the options of this edge stand below it, and no ':' after it | write 'paid -> note -> "
         "out:'"},
        {"when: msg.paid", "when: msg.paid\n      and msg.x",
         "12:7 error: not YAML: a ':' is missing after 'and' | write 'and: msg.x', or indent it deeper if it goes on "
         "from "
         "line 11"},
        {"uses: filter", "uses: filter:",
         "9:17 error: not YAML: a ':' at the end of a line begins a map, and here the value stands already | take it "
         "out, "
         "or quote it: uses: \"filter:\""},
        {"\"got ${msg.id}\"", "got: ${msg.id}",
         "15:15 error: not YAML: ': ' stands inside a text, where YAML ends a key | quote it: url: \"got: "
         "${msg.id}\""},
        {"timeout: 2s", "\"timeout: 2s\"",
         "16:7 error: not YAML: the quotes stand around the key and its value together | write timeout: \"2s\""},
        {"name: orders", "// the orders\nname: orders", "2:1 error: not YAML: a comment begins with '#' | write '# …'"},
        {"name: orders", "; the orders\nname: orders", "2:1 error: not YAML: a comment begins with '#' | write '# …'"},
    });
}

TEST_CASE("a line that is indented wrongly is told with what would be right") {
    check_all({
        {"  - paid", "   - paid",
         "20:4 error: not YAML: this '- ' is indented by 3, the elements before it by 2 | indent them alike"},
        {"  - paid", "- paid",
         "20:1 error: not YAML: this '- ' is indented by 0, the elements before it by 2 | indent them alike"},
        {"    uses: filter", "      uses: filter",
         "10:5 error: not YAML: this line is indented by 4, which fits none of the lines before it | indent it by 0, 2 "
         "or "
         "6, as those that it belongs to"},
        {"      timeout: 2s", "     timeout: 2s",
         "16:6 error: not YAML: this line is indented by 5, which fits none of the lines before it | indent it by 0, "
         "2, 4 "
         "or 6, as those that it belongs to"},
        {"      timeout: 2s", "       timeout: 2s",
         "16:8 error: not YAML: this line is indented deeper than line 15, which has its value already | indent it by "
         "6, "
         "or take the value of 'url' away"},
        {"name: orders", " name: orders",
         "2:2 error: not YAML: this line is indented deeper than line 1, which has its value already | indent it by 0, "
         "or "
         "take the value of 'flowrun' away"},
        {"  out: {", " out: {",
         "17:2 error: not YAML: this line is indented by 1, which fits none of the lines before it | indent it by 0, "
         "2, 4 "
         "or 6, as those that it belongs to"},
        {"      retry: 2\n      timeout: 5s", "  retry: 2\n  timeout: 5s",
         "21:3 error: not YAML: a key stands where '- ' is expected | indent the options of an edge deeper than its "
         "arrow"},
        {"  in: {", "  - in: {",
         "8:3 error: not YAML: a key stands where '- ' is expected | begin it with '- ', or take the '- ' in line 7 "
         "out"},
        {"\"got ${msg.id}\"", ">\n      got\n      more",
         "16:7 error: not YAML: the text under '|' or '>' is not indented | indent its lines deeper than line 15, "
         "where "
         "it begins"},
        {"\"got ${msg.id}\"", "|\n    got",
         "16:5 error: not YAML: the text under '|' or '>' is not indented | indent its lines deeper than line 15, "
         "where "
         "it begins"},
        {"\"got ${msg.id}\"", "|\n          got\n        more",
         "17:9 error: not YAML: this line is indented less than the first line of its text | indent all lines of the "
         "text "
         "at least as far as the first"},
        {"\"got ${msg.id}\"", "| got",
         "15:12 error: not YAML: '|' begins a text of its own lines, and more stands behind it | quote it: url: \"| "
         "got\""},
    });
}

TEST_CASE("quotes that do not match are told at the one that begins") {
    check_all({
        {"\"got ${msg.id}\"", "\"got ${msg.id}",
         "15:12 error: not YAML: this quoted text is not closed | write \" where it ends"},
        {"every: 1s", "every: \"1s",
         "7:40 error: not YAML: this quoted text ends only in line 15, with more behind it | write \" where it ends"},
        {"\"got ${msg.id}\"", "\"got\" ${msg.id}",
         "15:18 error: not YAML: the quoted text ends before this | quote it: url: '\"got\" ${msg.id}'"},
        {"\"got ${msg.id}\"", "'it's ${msg.id}'",
         "15:16 error: not YAML: the quoted text ends before this | inside single quotes write '' for a '"},
        {"\"got ${msg.id}\"", "\"got \"x\" it\"",
         "15:18 error: not YAML: the quoted text ends before this | inside double quotes write \\\" for a \""},
        {"\"got ${msg.id}\"", "\"C:\\Users\\x\"",
         "15:15 error: not YAML: '\\U' is no escape inside double quotes | write '\\\\U', or put the text in single "
         "quotes, where '\\' is itself"},
        {"when: msg.paid", "when: \"msg.id.matches('\\d+')\"",
         "11:30 error: not YAML: '\\d' is no escape inside double quotes | write '\\\\d', or put the text in single "
         "quotes, where '\\' is itself"},
        {"\"got ${msg.id}\"", "@got",
         "15:12 error: not YAML: a text cannot begin with '@' in YAML | quote it: url: \"@got\""},
        {"\"got ${msg.id}\"", "`got`",
         "15:12 error: not YAML: a text cannot begin with '`' in YAML | quote it: url: \"`got`\""},
        {"\"got ${msg.id}\"", "%d",
         "15:12 error: not YAML: a text cannot begin with '%' in YAML | quote it: url: \"%d\""},
        {"\"got ${msg.id}\"", "- got",
         "15:12 error: not YAML: '- ' begins a list, which cannot stand in the line of its key | quote it: url: \"- "
         "got\", or begin the list in the next line"},
        {"when: msg.paid", "when: > 5",
         "11:13 error: not YAML: '>' begins a text of its own lines, and more stands behind it | quote it: when: \"> "
         "5\""},
        {"when: msg.paid", "when: [1].exists(x, x == 1)",
         "11:16 error: not YAML: the value ends before this | quote it: when: \"[1].exists(x, x == 1)\""},
    });
}

TEST_CASE("what is wrong inside brackets is told with what is missing") {
    check_all({
        {"every: 1s } }", "every: 1s }",
         "7:7 error: not YAML: this '{' is not closed | write '}' where it ends, before line 8"},
        {"every: 1s } }", "every: 1s } } }", "7:47 error: not YAML: this '}' closes nothing | take it out"},
        {"every: 1s } }", "every: 1s ] }",
         "7:43 error: not YAML: ']' cannot close the '{' in line 7, column 31 | write '}' here, or take one of the two "
         "out"},
        {"[USER]", "[USER", "3:6 error: not YAML: this '[' is not closed | write ']' where it ends, before line 4"},
        {"out: { uses: pass }", "out: { uses: pass",
         "17:8 error: not YAML: this '{' is not closed | write '}' where it ends, before line 18"},
        {"uses: generate, with", "uses: generate with",
         "7:24 error: not YAML: a ',' is missing before 'with' | write it after 'generate'; a text with ': ' in it "
         "must be "
         "quoted"},
        {"uses: generate, with", "uses: \"generate\" with",
         "7:26 error: not YAML: a ',' is missing before 'with' | write it after '\"' in line 7, column 24"},
        {"{ uses: generate, with", "{\n    uses: generate\n    with",
         "9:5 error: not YAML: a ',' is missing before 'with' | write it after 'e' in line 8, column 18"},
        {"int, default", "int; default",
         "5:17 error: not YAML: what stands in { } is separated by ',' | write ',' for ';'"},
        {"{ every: 1s }", "{ every: ${param.n} }",
         "7:40 error: not YAML: a text with ${…} must be quoted inside '{' | quote it: every: \"${param.n}\""},
        {"{ every: 1s }", "{ every: a: b }",
         "7:41 error: not YAML: ': ' stands inside a text, where YAML ends a key | quote it: every: \"a: b\""},
        {"{ every: 1s }", "( every: 1s )",
         "7:31 error: not YAML: '(' begins no map | a map is written in { }, a list in [ ]"},
        {"out: { uses: pass }", "out: { uses: pass } more",
         "17:23 error: not YAML: the { } ends before this | take it out, or give it a line of its own"},
    });
    CHECK(Told("{'nodes': {'a': {'uses': 'generate'} 'b': 1}}").all() ==
          "1:38 error: not YAML: a ',' is missing before ''b'' | write it after '}' in line 1, column 36");
}

TEST_CASE("characters that cannot be seen are named where YAML is led astray by them") {
    const auto at = [](std::string_view place, std::string_view name, std::string_view where) {
        return fmt::format(
            "{} error: not YAML: an invisible character ({}) {} | write a space in its place, or nothing", place, name,
            where);
    };
    CHECK(told("    uses: filter", "\u00A0\u00A0\u00A0\u00A0uses: filter") == at("9:1", "U+00A0", "indents this line"));
    CHECK(told("    uses: filter", "  \u3000uses: filter") == at("9:3", "U+3000", "indents this line"));
    CHECK(told("edges:", "\uFEFFedges:") == at("18:1", "U+FEFF", "indents this line"));
    CHECK(told("- in", "-\u00A0in") == at("19:4", "U+00A0", "stands behind '-'"));
    CHECK(told("uses: filter", "uses: \u200Bfilter") == at("9:11", "U+200B", "stands before this value"));
    CHECK(told("uses: filter", "uses:\u00A0filter") ==
          "9:10 error: not YAML: an invisible character (U+00A0) stands behind ':' | write a space in its place");
}

TEST_CASE("what the flow ends with too soon is told where it ends") {
    check_all({
        {"edges:", "...\nedges:", "18:1 error: '...' ends the flow, and more stands behind it | take it out"},
        {"name: orders", "%x: 1\nname: orders",
         "2:1 error: not YAML: '%' at the beginning of a line is for directives, of which a flow has none | take the "
         "line "
         "out, or quote what begins with '%'"},
    });
    CHECK(Told("flowrun: 1\rname: a\r").all() ==
          "1:11 error: the lines of the file end as those of old computers did (CR) | save the file with the line ends "
          "of "
          "Unix (LF)");
}

TEST_CASE("what is YAML and no flow is told once, by its cause") {
    check_all({
        {"{ uses: pass }", "{ uses:pass }", "17:14 error: ':' needs a space after it | write 'uses: pass'"},
        {"{ uses: pass }", "{ uses pass }", "17:10 error: a ':' is missing after 'uses' | write 'uses: pass'"},
        {"{ every: 1s }", "{ every = 1s }", "7:38 error: a key is followed by ':', not by '=' | write 'every: 1s'"},
        {"      timeout: 5s", "      timeout 5s", "22:7 error: a ':' is missing after 'timeout' | write 'timeout: 5s'"},
        {"uses: filter", "Uses: filter", "9:5 error: unknown key 'Uses' in a node | did you mean 'uses'?"},
        {"uses: filter", "type: filter",
         "9:5 error: unknown key 'type' in a node | what a node is says 'uses': write uses: filter"},
        {"uses: filter", "uses: filter,",
         "9:11 error: 'filter,' is not the name of a component | take the ',' out: it stands between values only "
         "inside { } "
         "and [ ]"},
        {"edges:", "Edges:", "18:1 error: unknown key 'Edges' in a flow | did you mean 'edges'?"},
        {"edges:", "  edges:",
         "18:3 error: 'edges' stands where the names of nodes do | a key of the flow stands at the beginning of its "
         "line"},
        {"    with:\n      when", "  with:\n      when",
         "10:3 error: 'with' stands where the names of nodes do | indent it deeper, below the node that it belongs to"},
        {"      when: msg.paid", "    when: msg.paid",
         "11:5 error: unknown key 'when' in a node | the settings of a component stand under 'with', indented deeper"},
        {"      when: msg.paid", "      - when: msg.paid",
         "11:7 error: 'with' must be a map of settings | take the '- ' before each of them out"},
        {"{ uses: pass }", "pass", "17:8 error: a node must be a map, not a text | write out: { uses: pass }"},
        {"{ type: int, default: 3 }", "3",
         "5:6 error: a parameter must be a map, not a text | write n: { type: int, default: 3 }"},
        {"{ type: int, default: 3 }", "int",
         "5:6 error: a parameter must be a map, not a text | write n: { type: int }"},
        {"      retry: 2\n      timeout", "      - retry: 2\n      - timeout",
         "21:7 error: the options of an edge must be a map, not a list | take the '- ' before each key out"},
        {"in -> paid", "in -> paid:",
         "19:5 error: the options of an edge must be a map, not nothing | take the ':' out, or indent the options "
         "below it"},
        {"in -> paid", "in -> paid { retry: 2 }",
         "19:16 error: the options of an edge stand behind a ':' | write in -> paid: { … }"},
        {"in -> paid", "in --> paid", "19:8 error: '-->' is no arrow | '->' is a sync edge, '~>' an async one"},
        {"in -> paid", "in –> paid", "19:8 error: '–>' is no arrow | '->' is a sync edge, '~>' an async one"},
        {"in -> paid", "in\u00A0-> paid",
         "19:7 error: an invisible character (U+00A0) stands here | write a space in its place"},
        {"every: 1s }", "every: 1s,, }", "7:43 error: a ',' stands where an entry should | take one ',' out"},
        {"flowrun: 1", "flowrun: \"1\"",
         "1:10 error: the version of the format is a number: it stands without quotes | write flowrun: 1"},
        {"name: orders", "name: “orders”",
         "2:7 error: '“orders”' is not the name of a flow | these are typographic quotes, which YAML takes for text: "
         "write "
         "\" or '"},
        {"every: 1s", "count: '\\t'",
         "7:40 error: 'count' must be an integer, not '\\t' | '\\t' has a meaning only in double quotes: write "
         "\"\\t\""},
    });
    CHECK(told("nodes:\n", "nodes:\n  - x:\n").find("take the '- '") != std::string::npos);
}

TEST_CASE("a text that looks like an expression is warned of, and no other") {
    const auto url = [](std::string_view text) { return told("\"got ${msg.id}\"", text); };
    const auto warning = [](int column, std::string_view text, std::string_view meant) {
        return fmt::format(
            "15:{} warning: '{}' is taken as it is: it is no expression | an expression in a value is written "
            "${{…}}: url: \"{}\"",
            column, text, meant);
    };
    CHECK(url("msg.id") == warning(12, "msg.id", "${msg.id}"));
    CHECK(url("\"{{ msg.id }}\"") == warning(13, "{{ msg.id }}", "${msg.id}"));
    CHECK(url("got {msg.id}") == warning(16, "{msg.id}", "got ${msg.id}"));
    CHECK(url("got $(msg.id)") == warning(16, "$(msg.id)", "got ${msg.id}"));
    CHECK(url("/orders/$param.n/x") == warning(20, "$param.n", "/orders/${param.n}/x"));
    CHECK(url("$HOME/orders") ==
          warning(12, "$HOME", "${env.HOME}/orders") + ", with the variable listed under 'env:'");
    CHECK(url("~/orders") == warning(12, "~", "${env.HOME}/orders") + ", with the variable listed under 'env:'");
    CHECK(url("“got”").find("warning: 'url' is taken with its quote as it is") != std::string::npos);
    CHECK(url("got\"").find("warning: 'url' is taken with its quote as it is") != std::string::npos);
    for (const std::string_view fine : {"msg", "msg.txt", "the msg.id", "a {b} c", "echo $1 $HOME", "{\"msg\": 1}",
                                        "param.none", "$", "$5", "5 '10\"'", "meta data", "'{x}'"}) {
        INFO(fine);
        CHECK(url(quoted(fine)) == "");
    }
    CHECK(told("paid -> note -> out:", "paid -> note -> out:\n      map: { id: msg.id }")
              .starts_with("21:18 warning: 'msg.id'"));
}

TEST_CASE("what YAML eats in silence is warned of") {
    const auto url = [](std::string_view text) { return told("\"got ${msg.id}\"", text); };
    CHECK(url("got #5 of ${msg.id}") ==
          "15:16 warning: ' #' begins a comment in YAML: this is not part of the value | quote it: url: \"got #5 of "
          "${msg.id}\"");
    CHECK(url("got # of these") == "");
    CHECK(url("&got it") ==
          "15:12 warning: YAML takes '&got' for an anchor, and no alias asks for it | quote it: url: \"&got it\"");
    CHECK(url("&got it\n      headers: { a: *got }") == "");
    CHECK(url("\"C:\\temp\\new\"") ==
          "15:15 warning: '\\t' is an escape inside double quotes, and no part of a path | put the path in single "
          "quotes, "
          "where '\\' is itself");
    CHECK(url("\"C:\\\\temp\"") == "");
    CHECK(url("'C:\\temp'") == "");
}

TEST_CASE("no mistake is found in what is YAML") {
    for (const std::string_view fine : {
             "a: x\n  - y\n",
             "a: x\n  'tis\n  \"it\n",
             "a:\n- b\n- c: 1\n  d: 2\ne: 3\n",
             "- - a\n  - b\n- c\n",
             "a: |\n  x\n   y\n\n  z\nb: >-\n  \"q\n",
             "a: |2\n    x\n  y\n",
             "- |\n x\n- y\n",
             "a:\n  |\n  x\n",
             "a: {b: [1, 2, {c: d}], \"e\": 'it''s'}\n",
             "{a: 1,\n b: [c,\n d]\n}\n",
             "\"a b\": 1\n'c': 2\n",
             "a: [\n  x,\n  y,\n]\n",
             "a: b # c\n# d\n  # e\nf: g\n",
             "a: &x 1\nb: *x\nc: &y\n  d: 1\n",
             "---\na: 1\n",
             "a: 'x\n  y'\nb: 1\n",
             "a: http://x:{y}\n",
             "a: \"x: y\"\nb: \"c\\\n  d\"\n",
             "a: x\n\n  y\nb: -1\n",
             "a : b\n",

         }) {
        INFO(fine);
        const Source source("f", std::string(fine));
        const auto mistake = first_mistake(source, source.text().size());
        CHECK((mistake ? mistake->message : "") == "");
    }
}

TEST_CASE("one character more, less or other anywhere ends in a word, and at a place that is there") {
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const std::string_view other :
             {"", "\t", " ", "\n", ":", "- ", "{", "]", "\"", "'", "#", "|", "\u00A0", ","}) {
            for (const std::size_t taken : {std::size_t{0}, std::size_t{1}}) {
                std::string text(good);
                text.replace(at, taken, other);
                const Source source("f", text);
                const auto mistake = first_mistake(source, text.size());
                if (!mistake) continue;
                const bool inside = mistake->at < text.size() && mistake->length > 0 && !mistake->message.empty();
                if (!inside) FAIL("'" << other << "' at " << at << ": " << mistake->message << " at " << mistake->at);
            }
        }
    }
    CHECK(true);
}

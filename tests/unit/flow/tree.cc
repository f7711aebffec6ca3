// YAML as a tree: what each notation holds, and where each byte of it stands.

#include "flow/yaml.hh"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace flowrun::flow;

namespace {

// The tree in one line: [lists], {maps}, scalars in the quotes of their style.
std::string shown(const Tree& tree) {
    if (tree.kind == Tree::Kind::none) return "(none)";
    if (tree.kind == Tree::Kind::scalar) {
        const char* const quote = tree.style == Tree::Style::single_quoted   ? "'"
                                  : tree.style == Tree::Style::double_quoted ? "\""
                                  : tree.style == Tree::Style::literal       ? "|"
                                  : tree.style == Tree::Style::folded        ? ">"
                                                                             : "";
        return quote + tree.text + quote;
    }
    const bool map = tree.kind == Tree::Kind::map;
    std::string out(map ? "{" : "[");
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
        if (i > 0) out += ", ";
        if (map) out += tree.keys[i] + ": ";
        out += shown(tree.items[i]);
    }
    return out + (map ? "}" : "]");
}

struct Read {
    explicit Read(const std::string& text) : source("f", text), tree(read_yaml(source, issues)) {}
    std::string told() const { return issues.empty() ? "" : issues.all()[0].message; }
    Source source;
    Issues issues;
    Tree tree;
};

void check(const std::string& text, const std::string& expected) {
    const Read read(text);
    CAPTURE(text);
    CHECK(read.told().empty());
    CHECK(shown(read.tree) == expected);
}

// Every byte of every scalar that stands as it is in the source is where the offsets say.
void check_offsets(const Read& read, const Tree& tree) {
    if (tree.kind == Tree::Kind::scalar) {
        REQUIRE(tree.offsets.size() == tree.text.size());
        for (std::size_t i = 0; i < tree.text.size(); ++i) {
            const char there = read.source.text()[tree.offsets[i]];
            CAPTURE(tree.text, i, tree.offsets[i]);
            // A break may come of the line's end, an escape or a fold; all else of itself or of an escape.
            if (tree.text[i] != '\n' && tree.text[i] != ' ' && there != '\\' && there != '\'')
                CHECK(there == tree.text[i]);
        }
    }
    for (const Tree& item : tree.items) check_offsets(read, item);
}

}  // namespace

TEST_CASE("a tree holds what each notation of YAML says") {
    check("a: 1", "{a: 1}");
    check("[a, 'b c', \"d\\n\"]", "[a, 'b c', \"d\n\"]");
    check("- a\n- - b\n  - c\n- {d: e}\n", "[a, [b, c], {d: e}]");
    check("a:\n  b: |\n    one\n    two\n  c: >-\n    three\n    four\n", "{a: {b: |one\ntwo\n|, c: >three four>}}");
    check("'it''s': \"\\u00e9\"", "{it's: \"é\"}");
    check("a: x y\n  z\nb: ''", "{a: x y z, b: ''}");
    check("{a: [], b: {}}", "{a: [], b: {}}");
}

TEST_CASE("what is empty and what is null are kept apart by their text") {
    check("a:\nb: ~\nc: null\n", "{a: , b: ~, c: null}");
    check("- \n- ~\n", "[, ~]");
    check("{a: , b: ~}", "{a: , b: ~}");
}

TEST_CASE("a number stays the text that was written") {
    check("[1.10, 007, 1_000, 0x1F, .inf, 1e3]", "[1.10, 007, 1_000, 0x1F, .inf, 1e3]");
}

TEST_CASE("an alias is a copy that remembers what it is") {
    const Read read("a: &x [1, 2]\nb: *x\n");
    REQUIRE(read.issues.empty());
    CHECK(shown(read.tree) == "{a: [1, 2], b: [1, 2]}");
    CHECK(read.tree.items[0].property_kind == '&');
    CHECK(read.tree.items[1].property_kind == '*');
    CHECK(read.tree.items[1].property.line == 2);
}

TEST_CASE("members of a map are found by name") {
    const Read read("a: 1\nb: 2\n");
    REQUIRE(read.tree.member("b") != nullptr);
    CHECK(read.tree.member("b")->text == "2");
    CHECK(read.tree.member("c") == nullptr);
    CHECK(read.tree.items[0].member("a") == nullptr);
    CHECK(read.tree.key_places[1].line == 2);
}

TEST_CASE("every byte of a scalar knows where it stands") {
    for (const char* text : {"a: plain text", "a: 'it''s'", "a: \"x\\ty\\u00e9z\"", "a: |\n  one\n   two\n\n  three\n",
                             "a: >\n  one\n  two\n\n  three\n", "a: plain\n  goes on\n\n  here\n", "[ü, 'ü', \"\\\\\"]",
                             "? key\n: value\n", "a: !tag b", "a: &anchor b", "a: >2-\n    x\n   y\n", "a: |+\n x\n\n",
                             "a: \"x \\\n  y\""}) {
        CAPTURE(text);
        const Read read(text);
        REQUIRE(read.tree);
        check_offsets(read, read.tree);
    }
}

TEST_CASE("a comment directly behind a scalar is remembered, since it may have cut it") {
    CHECK(Read("a: b #c").tree.items[0].comment_follows);
    CHECK_FALSE(Read("a: b\n#c").tree.items[0].comment_follows);
    CHECK_FALSE(Read("a: 'b' #c").tree.items[0].comment_follows);
    CHECK_FALSE(Read("a: b#c").tree.items[0].comment_follows);
}

TEST_CASE("what is refused stands in the tree as if it were not there") {
    const Read twice("a: 1\nb: 2\na: 3\n");
    CHECK(twice.told() == "duplicate key 'a', first given in line 1");
    CHECK(shown(twice.tree) == "{a: 1, b: 2}");
    const Read keyed("? [1]\n: 2\nb: 3\n");
    CHECK(keyed.told() == "a key must be plain text, not a list or map");
    CHECK(shown(keyed.tree) == "{b: 3}");
    const Read merged("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n");
    CHECK(merged.told().starts_with("'<<' merges maps in YAML 1.1 only"));
    CHECK(shown(merged.tree.items[1]) == "{d: 2}");
    const Read itself("a: &x [*x]\n");
    CHECK(itself.told() == "'*x' stands inside of what it is an alias of");
    const Read unknown("a: *nope\nb: 1\n");
    CHECK(unknown.told() == "YAML takes '*nope' for an alias, and there is no anchor 'nope'");
}

TEST_CASE("what is no YAML gives no tree and says where") {
    for (const char* text :
         {"a: [1", "a: {b: 1", "a: 'x", "a: b: c", "\ta: 1", "- a\nb: 1", "a: \"\\q\"", "%", "a: @b"}) {
        CAPTURE(text);
        const Read read(text);
        CHECK_FALSE(read.tree);
        REQUIRE(read.issues.errors() >= 1);
        CHECK(read.issues.all()[0].place.line >= 1);
    }
    CHECK(Read("a: 1\n---\nb: 2\n").told() == "a second document begins here; a flow is one document");
    CHECK(Read("").told() == "the flow is empty");
}

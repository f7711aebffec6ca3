#pragma once
// The walk through the lines that first_mistake (outline.hh) is. It reads the lines one by one (outline_walk.cc), what each
// gives as a value (outline_value.cc), and to which list or map it belongs (outline_level.cc).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/inline_value.hh"
#include "flow/mistake.hh"
#include "flow/slip.hh"
#include "flow/source.hh"

namespace flowrun::flow {

class Outline {
public:
    Outline(const Source& source, std::size_t end) : source_(source), text_(source.text()), end_(end) {}

    std::optional<Mistake> read();

private:
    static constexpr auto npos = std::string_view::npos;

    // How an entry got its value.
    enum class Value : unsigned char { none, plain, block_text, other };

    // A list or map that is open, with its last entry.
    struct Level {
        std::size_t column;
        bool list;
        std::size_t entry;  // where the last entry begins
        Value value = Value::none;
    };

    static bool is_blank(char c) { return c == ' ' || c == '\t'; }
    static bool is_break(char c) { return c == '\n' || c == '\r'; }
    char here(std::size_t i) const { return i < text_.size() ? text_[i] : '\n'; }
    bool ends(std::size_t i) const { return is_break(here(i)); }
    std::uint32_t line_of(std::size_t i) const { return source_.place(i).line; }

    void tell(std::size_t at, std::size_t length, std::string message, std::string remedy, bool certain = false);
    void tell(Mistake mistake);

    void next_line();

    void line();

    // A plain text goes on in this line, whatever it begins with; unless it is a key, or looks like a list's element.
    bool continues(std::size_t column) const;

    void tab();

    bool invisible(std::size_t at, std::string_view what);

    // `---`, `...` and `%`, which belong to a file of several documents.
    bool marker();

    // `- - key: value`: each is an entry in a column of its own.
    void entries(std::size_t column);

    // Anchors and tags.
    void skip_properties(std::size_t& at) const;

    void key_or_text(std::size_t column);

    // `out:{ uses`: the ':' of a key that a bracket or a quote follows at once.
    static std::size_t glued_mark(std::string_view key);

    // What stands at `at_`, behind a ':' or a '-' or alone in its line.
    void value(std::size_t column, std::size_t mark);

    std::size_t start_column() const;

    std::string quoting(std::size_t mark, std::size_t at) const;

    void plain(std::size_t mark);

    // Nothing but a comment may follow what is quoted or in brackets.
    void after(InlineValue value, std::size_t mark, std::string_view what);

    std::string_view key_before(std::size_t mark) const;

    // `|` and `>`: the lines below that are indented deeper than the entry.
    void block_text(std::size_t column, std::size_t mark);

    // An entry of a list or map in a column.
    void entry(std::size_t column, bool list);

    // The level that an entry in this column belongs to, made if it is a new one; nullptr: none, which has been told.
    Level* fitting(std::size_t column, bool list);

    Level* first(std::size_t column, bool list);

    Level* slip_before();

    static std::string shown(const std::vector<Level>& levels);

    // No open list or map has this column.
    Level* stray(const std::vector<Level>& before, std::size_t column, bool list);

    Level* beside_elements(const Level& list);

    // Deeper than an entry that has its value.
    Level* below_value(const Level& top, bool list);

    Level* told_misaligned(const Level& list);

    // A line, or the rest of one behind '- ', that is no key.
    void text(std::size_t column);

    static Slip no_key(std::string_view text);

    // `levels`: as they were before this line.
    void not_a_key(const std::vector<Level>& levels);

    const Source& source_;
    std::string_view text_;
    std::size_t end_;
    std::size_t at_ = 0, start_ = 0;
    bool lost_ = false;
    std::size_t last_text_ = npos;  // the last plain text that is no key
    std::vector<Level> levels_;
    std::optional<Mistake> mistake_;
};

}  // namespace flowrun::flow

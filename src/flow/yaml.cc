#include "flow/yaml.hh"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include <fmt/format.h>

#include "flow/comments.hh"
#include "flow/limits.hh"
#include "flow/outline.hh"
#include "flow/quote.hh"
#include "flow/tree_builder.hh"
#include "value/json.hh"

namespace flowrun::flow {

namespace {

// Ends the reading from within the parser's callbacks; the issue has been told.
struct Stop {};

// Hands the parser's events to a TreeBuilder.
class TreeHandler : public YAML::EventHandler {
public:
    TreeHandler(const Source& source, Issues& issues) : builder_(source, issues) {}

    Tree take() { return builder_.take(); }
    bool look_for_comments(std::size_t until) { return builder_.look_for_comments(until); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { go_on(builder_.null(at(mark), anchor)); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { go_on(builder_.alias(at(mark), anchor)); }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& text) override {
        go_on(builder_.scalar(at(mark), anchor, text));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        go_on(builder_.open(Tree::Kind::list, at(mark), anchor, style == YAML::EmitterStyle::Flow));
    }
    void OnSequenceEnd() override { go_on(builder_.close()); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        go_on(builder_.open(Tree::Kind::map, at(mark), anchor, style == YAML::EmitterStyle::Flow));
    }
    void OnMapEnd() override { go_on(builder_.close()); }

private:
    static std::size_t at(const YAML::Mark& mark) { return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos); }
    static void go_on(bool more) {
        if (!more) throw Stop{};
    }

    TreeBuilder builder_;
};

// Refuses whatever comes after the first document.
class NoMore : public YAML::EventHandler {
public:
    NoMore(const Source& source, Issues& issues) : source_(source), issues_(issues) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        const auto at = static_cast<std::size_t>(mark.pos < 0 ? 0 : mark.pos);
        if (source_.text().compare(at, 3, "---") == 0) {
            issues_.error(source_.place(at, 3), "a second document begins here; a flow is one document",
                          "put the second flow into a file of its own");
        } else {
            const std::size_t dots = source_.text().rfind("\n...", at);
            const bool ended = dots != std::string::npos && source_.text().find_first_not_of(" \r\n", dots + 4) == at;
            issues_.error(source_.place(ended ? dots + 1 : at, ended ? 3 : 1),
                          ended ? "'...' ends the flow, and more stands behind it"
                                : "unexpected text, the flow has ended before it",
                          ended ? "take it out" : "the keys of a flow stand at the beginning of their lines");
        }
        throw Stop{};
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

private:
    const Source& source_;
    Issues& issues_;
};

// The parser's own words are short and about its insides; these are about the text.
std::string worded(const std::string& message) {
    using namespace YAML::ErrorMsg;
    static const std::pair<const char*, const char*> words[] = {
        {END_OF_MAP, "expected the next key of this map"},
        {END_OF_SEQ, "expected the next '- ' of this list"},
        {END_OF_MAP_FLOW, "expected ',' or '}' here"},
        {END_OF_SEQ_FLOW, "expected ',' or ']' here"},
        {MAP_VALUE, "a ':' that begins a value cannot stand here"},
        {MAP_KEY, "a '?' that begins a key cannot stand here"},
        {BLOCK_ENTRY, "a '-' that begins a list element cannot stand here"},
        {FLOW_END, "a closing bracket without its opening one"},
        {EOF_IN_SCALAR, "the file ends inside a quoted text"},
        {DOC_IN_SCALAR, "the document ends inside a quoted text"},
        {TAB_IN_INDENTATION, "a tab cannot indent"},
        {UNKNOWN_TOKEN, "this character cannot begin a value"},
        {CHAR_IN_BLOCK, "after '|' or '>' there may stand only '+', '-', a digit and a comment"},
        {MULTIPLE_ANCHORS, "a value has two anchors"},
        {MULTIPLE_TAGS, "a value has two tags"},
        {ANCHOR_NOT_FOUND, "a '&' without the name of an anchor"},
        {ALIAS_NOT_FOUND, "a '*' without the name of an alias"},
        {TAG_WITH_NO_SUFFIX, "a tag without its name"},
    };
    for (const auto& [theirs, ours] : words) {
        if (message == theirs) return ours;
    }
    return message;
}

bool is_text(const Source& source, Issues& issues) {
    const std::string& text = source.text();
    std::size_t bad = 0;
    if (text.size() > max_bytes) {
        issues.error(
            {}, fmt::format("the flow is larger than {} bytes (1 MiB), which is the most that is read", max_bytes));
        return false;
    }
    if (!value::valid_utf8(text, &bad)) {
        issues.error(source.place(bad),
                     fmt::format("byte 0x{:02X} is not UTF-8", static_cast<unsigned char>(text[bad])),
                     "save the file as UTF-8");
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool lone_return = c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
        if (lone_return && text.find('\n') == std::string::npos) {
            issues.error(source.place(i), "the lines of the file end as those of old computers did (CR)",
                         "save the file with the line ends of Unix (LF)");
            return false;
        }
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F || lone_return) {
            issues.error(source.place(i), fmt::format("control character 0x{:02X} cannot stand in a flow", c),
                         "inside double quotes write it as \\xNN, or take it out");
            return false;
        }
    }
    return true;
}

// An alias of no anchor is told, and made plain text in `text`, so that the document can be read on: the length stays.
bool mend_alias(const YAML::ParserException& failure, const Source& source, std::string& text, Issues& issues) {
    const auto at = static_cast<std::size_t>(failure.mark.pos < 0 ? 0 : failure.mark.pos);
    if (failure.msg != YAML::ErrorMsg::UNKNOWN_ANCHOR || at >= text.size() || text[at] != '*') return false;
    std::size_t end = at + 1;
    while (end < text.size() && std::string_view(" \t\r\n,[]{}").find(text[end]) == std::string_view::npos) ++end;
    const std::string alias = text.substr(at, end - at);
    issues.error(source.place(at, end - at),
                 fmt::format("YAML takes '{}' for an alias, and there is no anchor '{}'", alias, alias.substr(1)),
                 quote_value_at(source, at, alias));
    text[at] = 'x';
    return true;
}

// The innermost bracket of a kind that is open where the text ends. Brackets within scalars come in pairs as a rule.
std::size_t open_at_end(std::string_view text, char open, char close) {
    std::size_t closed = 0;
    for (std::size_t i = text.size(); i-- > 0;) {
        if (text[i] == close) ++closed;
        if (text[i] != open) continue;
        if (closed == 0) return i;
        --closed;
    }
    return std::string_view::npos;
}

// Where a flow collection goes on that was to end: the line after it is where the parser wonders.
std::string open_before(const YAML::ParserException& failure, const Source& source, std::size_t at) {
    const bool map = failure.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
    if (!map && failure.msg != YAML::ErrorMsg::END_OF_SEQ_FLOW) return {};
    const std::string_view before = std::string_view(source.text()).substr(0, at);
    const std::size_t bracket = open_at_end(before, map ? '{' : '[', map ? '}' : ']');
    if (bracket == std::string_view::npos) return {};
    const Place place = source.place(bracket);
    return fmt::format("the '{}' in line {}, column {} is open here", map ? '{' : '[', place.line, place.column);
}

// The text ended too soon: behind it there is no line to show, so what it lacks is told where it began, or at its last
// character.
void tell_end(const YAML::ParserException& failure, const Source& source, std::size_t end, Issues& issues) {
    const bool map = failure.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
    const bool list = failure.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW;
    const char open = map ? '{' : '[', close = map ? '}' : ']';
    const std::size_t bracket = map || list ? open_at_end(source.text(), open, close) : std::string_view::npos;
    if (bracket != std::string_view::npos) {
        std::string taken = closed_in_comment(source.text(), bracket, end);
        issues.error(source.place(bracket), fmt::format("not YAML: this '{}' is not closed", open),
                     !taken.empty() ? std::move(taken) : fmt::format("write '{}' where it ends", close));
    } else {
        issues.error(source.place(end), "not YAML: " + worded(failure.msg));
    }
}

void tell(const Mistake& mistake, const Source& source, Issues& issues) {
    issues.error(source.place(mistake.at, mistake.length), "not YAML: " + mistake.message, mistake.remedy);
}

void tell(const YAML::ParserException& failure, const Source& source, Issues& issues) {
    const auto at = static_cast<std::size_t>(failure.mark.pos < 0 ? 0 : failure.mark.pos);
    const std::size_t eaten = eaten_at(source, at);
    if (eaten != at) {
        issues.error(
            source.place(eaten),
            fmt::format("YAML takes '{}' at the beginning of this value for a mark of its own", source.text()[eaten]),
            quote_value_at(source, at));
        return;
    }
    if (const auto cause = first_mistake(source, at)) return tell(*cause, source, issues);
    const std::size_t last = source.text().find_last_not_of(" \t\r\n");
    if (last != std::string::npos && at > last) return tell_end(failure, source, last, issues);
    std::string remedy = quote_value_at(source, at);
    if (remedy.empty()) remedy = open_before(failure, source, at);
    issues.error(source.place(at), "not YAML: " + worded(failure.msg), std::move(remedy));
}

}  // namespace

Tree read_yaml(const Source& source, Issues& issues) {
    if (!is_text(source, issues)) return {};
    std::string text = source.text();
    constexpr int most_mended = 20;
    for (int round = 0; round <= most_mended; ++round) {
        Issues found;
        TreeHandler handler(source, found);
        try {
            std::istringstream stream(text);
            YAML::Parser parser(stream);
            if (!parser.HandleNextDocument(handler)) {
                issues.error(source.place(0), "the flow is empty");
                return {};
            }
            if (const auto mistake = first_mistake(source, source.text().size()); mistake && mistake->certain) {
                tell(*mistake, source, issues);
                return {};
            }
            (void)handler.look_for_comments(source.text().size());
            NoMore no_more(source, found);
            parser.HandleNextDocument(no_more);
            issues.add(std::move(found));
            return handler.take();
        } catch (const Stop&) {
            issues.add(std::move(found));
            return {};
        } catch (const YAML::ParserException& failure) {
            if (mend_alias(failure, source, text, issues)) continue;
            const auto at = static_cast<std::size_t>(failure.mark.pos < 0 ? 0 : failure.mark.pos);
            const bool told = handler.look_for_comments(at);
            issues.add(std::move(found));
            if (told) return {};
            tell(failure, source, issues);
            return {};
        }
    }
    return {};
}

}  // namespace flowrun::flow

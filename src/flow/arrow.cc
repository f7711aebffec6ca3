#include "flow/arrow.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/invisible.hh"
#include "flow/policy.hh"
#include "flow/scalar.hh"

namespace flowrun::flow {

namespace {

constexpr std::string_view arrows_are = "'->' is a sync edge, '~>' an async one";

struct Word {
    std::string_view text;
    std::size_t at = 0;
};

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_mark(char c) { return c == '[' || c == ']' || c == ','; }

std::vector<Word> words_of(std::string_view text) {
    std::vector<Word> words;
    std::size_t at = 0;
    while (at < text.size()) {
        if (is_white(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        if (!is_mark(text[at])) {
            while (end < text.size() && !is_white(text[end]) && !is_mark(text[end])) ++end;
        }
        words.push_back({text.substr(at, end - at), at});
        at = end;
    }
    return words;
}

bool is_arrow(std::string_view word) { return word == "->" || word == "~>"; }

// Nothing but what arrows are made of: somebody's idea of an arrow.
bool like_arrow(std::string_view word) {
    for (const std::string_view sign : {"→", "⟶", "⇒", "⟹", "➜", "–>", "—>", "−>", "–", "—"}) {
        if (word == sign) return true;
    }
    return word.find_first_not_of("-=~<>|") == std::string_view::npos;
}

// Reads words from left to right.
class Chain {
public:
    Chain(const ArrowText& arrow, const Diagnostics& diagnostics)
        : arrow_(arrow), diagnostics_(diagnostics), words_(words_of(arrow.text)) {}

    std::vector<Link> links() {
        if (words_.empty()) return told(0, 1, "an edge cannot be empty", "write it as a -> b");
        std::vector<Endpoint> from(1);
        if (!endpoint(from[0], "the name of a node")) return {};
        if (done())
            return told(0, arrow_.text.size(), fmt::format("'{}' is no edge: it has no arrow", arrow_.text),
                        "write it as a -> b (sync) or a ~> b (async)");
        while (!done()) {
            const Word& arrow = words_[next_];
            if (!take_arrow()) return {};
            std::vector<Endpoint> targets;
            if (!take_targets(targets)) return {};
            const std::size_t first = links_.size();
            for (const Endpoint& to : targets) {
                links_.push_back(
                    {from[0], to, arrow.text[0] == '-' ? Mode::sync : Mode::async, place_of(arrow), false});
            }
            if (done()) {
                for (std::size_t i = first; i < links_.size(); ++i) links_[i].last = true;
            } else if (list_) {
                return told(words_[next_].at, words_[next_].text.size(), "several targets end a chain",
                            "write what follows each of them as an edge of its own");
            } else {
                // The port of a node inside a chain is where the chain comes in.
                from[0] = targets[0];
                from[0].port.clear();
                from[0].port_given = false;
            }
        }
        return std::move(links_);
    }

private:
    bool done() const { return next_ == words_.size(); }

    Place place_of(const Word& word) const { return part(word.at, word.text.size()); }
    Place part(std::size_t at, std::size_t length) const {
        return diagnostics_.part(arrow_.offsets, arrow_.place, at, length);
    }

    std::vector<Link> told(std::size_t at, std::size_t length, std::string message, std::string remedy) {
        diagnostics_.error(part(at, length), std::move(message), std::move(remedy));
        return {};
    }

    // The end of the text, where something is missing.
    std::size_t end() const { return words_.back().at + words_.back().text.size(); }

    bool endpoint(Endpoint& out, std::string_view wanted) {
        if (done()) {
            diagnostics_.error(part(end(), 1), fmt::format("expected {} after '{}'", wanted, words_.back().text));
            return false;
        }
        const Word& word = words_[next_];
        if (is_arrow(word.text) || is_mark(word.text[0])) {
            diagnostics_.error(place_of(word), fmt::format("expected {} before '{}'", wanted, word.text));
            return false;
        }
        if (glued(word)) return false;
        ++next_;
        return endpoint_of(word.text, place_of(word), diagnostics_, out);
    }

    // A space that is none.
    bool told_invisible(const Word& word) const {
        for (std::size_t i = 0; i < word.text.size(); ++i) {
            const Invisible found = invisible_at(word.text, i);
            if (found.bytes == 0) continue;
            diagnostics_.error(part(word.at + i, found.bytes),
                               fmt::format("an invisible character ({}) stands here", found.name),
                               "write a space in its place");
            return true;
        }
        return false;
    }

    // `a->b`: an arrow without spaces around it.
    bool glued(const Word& word) {
        for (const std::string_view arrow : {"->", "~>"}) {
            const std::size_t at = word.text.find(arrow);
            if (at == std::string_view::npos) continue;
            if (told_invisible(word)) return true;
            std::string left(word.text.substr(0, at));
            const std::string right(word.text.substr(at + 2));
            left.erase(left.find_last_not_of("-=~") + 1);
            diagnostics_.error(
                part(word.at + at, 2), fmt::format("'{}' needs a space on either side", arrow),
                fmt::format("write '{} {} {}'", left.empty() ? "a" : left, arrow, right.empty() ? "b" : right));
            return true;
        }
        return false;
    }

    // The end of what stands before a word.
    std::size_t end_before(const Word& word) const {
        const std::size_t last = arrow_.text.find_last_not_of(" \t\n", word.at - 1);
        return last == std::string_view::npos ? 0 : last + 1;
    }

    bool take_arrow() {
        const Word& word = words_[next_];
        if (is_arrow(word.text)) {
            ++next_;
            return true;
        }
        if (like_arrow(word.text)) {
            diagnostics_.error(place_of(word), fmt::format("'{}' is no arrow", word.text), std::string(arrows_are));
            return false;
        }
        if (glued(word)) return false;
        const bool option = std::find(policy_keys().begin(), policy_keys().end(), word.text) != policy_keys().end();
        if (option || word.text[0] == '{') {
            diagnostics_.error(place_of(word), "the options of an edge stand behind a ':'",
                               fmt::format("write {}: {{ … }}", arrow_.text.substr(0, end_before(word))));
        } else {
            diagnostics_.error(place_of(word), fmt::format("expected an arrow before '{}'", word.text),
                               std::string(arrows_are));
        }
        return false;
    }

    bool take_targets(std::vector<Endpoint>& out) {
        list_ = !done() && words_[next_].text == "[";
        if (!list_) {
            out.resize(1);
            return endpoint(out[0], "the name of a node");
        }
        ++next_;
        for (;;) {
            if (!endpoint(out.emplace_back(), "the name of a node")) return false;
            const bool comma = !done() && words_[next_].text == ",";
            const bool close = !done() && words_[next_].text == "]";
            if (!comma && !close) {
                const Place place = done() ? part(end(), 1) : place_of(words_[next_]);
                diagnostics_.error(place, "expected ',' or ']' in the list of targets");
                return false;
            }
            ++next_;
            if (close) return true;
        }
    }

    const ArrowText& arrow_;
    const Diagnostics& diagnostics_;
    std::vector<Word> words_;
    std::size_t next_ = 0;
    bool list_ = false;
    std::vector<Link> links_;
};

}  // namespace

bool endpoint_of(std::string_view text, const Place& place, const Diagnostics& diagnostics, Endpoint& out) {
    const std::size_t dot = text.find('.');
    out.place = place;
    out.node = text.substr(0, dot);
    if (!name_in(out.node, "node", place, diagnostics)) return false;
    if (dot == std::string_view::npos) return true;
    out.port = text.substr(dot + 1);
    out.port_given = true;
    return name_in(out.port, "port", place, diagnostics);
}

bool has_arrow(std::string_view text) {
    return text.find('>') != std::string_view::npos || text.find("→") != std::string_view::npos;
}

std::vector<Link> links_of(const ArrowText& arrow, const Diagnostics& diagnostics) {
    return Chain(arrow, diagnostics).links();
}

}  // namespace flowrun::flow

#include "expr/regex.hh"

#include <list>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "expr/collection.hh"
#include "expr/function.hh"

namespace flowrun::expr {
namespace {

RE2::Options options() {
    RE2::Options out;
    out.set_log_errors(false);
    out.set_max_mem(4 << 20);
    return out;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const re2::StringPiece& text) { return {text.data(), text.size()}; }

// The patterns that this thread used last: a thread has its own, so that none waits for another.
class Patterns {
public:
    // Perhaps not ok(). `fresh`: it had to be compiled.
    const RE2& get(std::string_view pattern, bool& fresh) {
        fresh = false;
        for (auto at = kept_.begin(); at != kept_.end(); ++at) {
            if ((*at)->pattern() != pattern) continue;
            if (at != kept_.begin()) kept_.splice(kept_.begin(), kept_, at);
            return *kept_.front();
        }
        fresh = true;
        if (kept_.size() == most) kept_.pop_back();
        kept_.push_front(std::make_unique<RE2>(piece(pattern), options()));
        return *kept_.front();
    }

private:
    static constexpr std::size_t most = 16;
    std::list<std::unique_ptr<RE2>> kept_;
};

// Instructions of the compiled pattern; of one that is wrong, as many as may have been made before that showed.
std::size_t size_of(const RE2& re) {
    constexpr std::size_t given_up = 10'000;
    return re.ok() ? static_cast<std::size_t>(re.ProgramSize()) : given_up;
}

const RE2* compiled(const Call& c, Value& failure) {
    thread_local Patterns patterns;
    bool fresh = false;
    const RE2& re = patterns.get(c.text(1), fresh);
    const std::size_t parts = size_of(re);
    // To compile costs by what a pattern becomes, to search may cost each byte of the text as much.
    if (!c.spend(c[0].size / 8 * (1 + parts / 32) + 1 + (fresh ? 1000 + parts * 32 : 0))) {
        failure = c.limit();
        return nullptr;
    }
    if (re.ok()) return &re;
    failure = c.fail(fmt::format("the pattern is wrong: {}", re.error()), c[1]);
    return nullptr;
}

Value matches(const Call& c) {
    Value failure;
    const RE2* re = compiled(c, failure);
    return re == nullptr ? failure : Value::boolean(RE2::PartialMatch(piece(c.text(0)), *re));
}

Value optional_text(const Call& c, const re2::StringPiece& found) {
    return Value::optional(c.context.arena.make<Value>(Value::string(view(found))));
}

using Groups = std::vector<re2::StringPiece>;  // the whole match first

bool find_from(const Call& c, const RE2& re, std::size_t from, Groups& groups) {
    const std::string_view text = c.text(0);
    return re.Match(piece(text), from, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()));
}

std::size_t groups_of(const RE2& re) { return static_cast<std::size_t>(re.NumberOfCapturingGroups()); }

Value too_many_groups(const Call& c) { return c.fail("the pattern has more than one group", c[1]); }

Value extract(const Call& c) {
    Value failure;
    const RE2* re = compiled(c, failure);
    if (re == nullptr) return failure;
    if (groups_of(*re) > 1) return too_many_groups(c);
    Groups groups(groups_of(*re) + 1);
    if (!find_from(c, *re, 0, groups)) return Value::optional(nullptr);
    const auto& found = groups.back();
    return found.data() == nullptr ? Value::optional(nullptr) : optional_text(c, found);
}

// Whether a search may go through all that is left and yet find little, as that for `a.*b|a` does: something endless
// is repeated that does not end the pattern.
bool looks_far(std::string_view pattern) {
    if (pattern.ends_with('?')) pattern.remove_suffix(1);
    if (pattern.ends_with('*') || pattern.ends_with('+')) pattern.remove_suffix(1);
    return pattern.find_first_of("*+") != std::string_view::npos || pattern.find(",}") != std::string_view::npos;
}

// Calls `use` with each match from left to right, and where it lies; false from it ends the search.
template <class Use>
void each_match(const Call& c, const RE2& re, Use use) {
    const std::string_view text = c.text(0);
    Groups groups(groups_of(re) + 1);
    const bool far = looks_far(re.pattern());
    for (std::size_t from = 0; from <= text.size() && find_from(c, re, from, groups);) {
        if (far && !c.spend((text.size() - from) / 1024)) return;
        const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
        if (!use(groups, begin, begin + groups[0].size())) return;
        from = begin + groups[0].size();
        // After an empty match go on behind the next character.
        if (groups[0].empty()) {
            ++from;
            while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
        }
    }
}

Value extract_all(const Call& c) {
    Value failure;
    const RE2* re = compiled(c, failure);
    if (re == nullptr) return failure;
    if (groups_of(*re) > 1) return too_many_groups(c);
    std::vector<Value> found;
    each_match(c, *re, [&](const Groups& groups, std::size_t, std::size_t) {
        if (groups.back().data() != nullptr) found.push_back(Value::string(view(groups.back())));
        return c.context.fits(2 * found.size() * sizeof(Value)) && c.spend(1);
    });
    ListMaker maker(c.context, found.size());
    if (c.context.exhausted() || !maker) return c.limit();
    for (const Value& v : found) maker.add(v);
    return maker.finish();
}

// Writes `fresh` with \1 … \9 and \0 replaced by the groups, until that takes more memory than there may be.
bool expand(const Call& c, std::string_view fresh, const Groups& groups, std::string& out) {
    for (std::size_t i = 0; i < fresh.size() && c.context.fits(out.size()); ++i) {
        if (fresh[i] != '\\') {
            out += fresh[i];
            continue;
        }
        const char next = ++i < fresh.size() ? fresh[i] : '\0';
        if (next == '\\') {
            out += '\\';
        } else if (next >= '0' && next <= '9' && static_cast<std::size_t>(next - '0') < groups.size()) {
            out += view(groups[static_cast<std::size_t>(next - '0')]);
        } else {
            return false;
        }
    }
    return true;
}

Value replace_some(const Call& c, std::int64_t most) {
    Value failure;
    const RE2* re = compiled(c, failure);
    if (re == nullptr || most == 0) return re == nullptr ? failure : c[0];
    const std::string_view text = c.text(0), fresh = c.text(2);
    std::string out;
    std::size_t done = 0;
    bool good = true;
    each_match(c, *re, [&](const Groups& groups, std::size_t begin, std::size_t end) {
        out += text.substr(done, begin - done);
        good = expand(c, fresh, groups, out);
        done = end;
        return good && --most != 0 && c.context.fits(out.size()) && c.spend(1 + fresh.size() / 32);
    });
    if (c.context.exhausted()) return c.limit();
    if (!good) return c.fail("in a replacement '\\' is followed by a group's number or another '\\'", c[2]);
    out += text.substr(done);
    return c.string(out);
}

Value replace(const Call& c) { return replace_some(c, -1); }
Value replace_limited(const Call& c) { return replace_some(c, c[3].i); }

constexpr Function functions[] = {
    {"string:matches(string) -> bool", matches, Function::pattern},
    {"matches(string, string) -> bool", matches, Function::pattern},
    {"regex.matches(string, string) -> bool", matches, Function::pattern},
    {"regex.find(string, string) -> optional(string)", extract, Function::pattern},
    {"regex.extract(string, string) -> optional(string)", extract, Function::pattern},
    {"regex.extractAll(string, string) -> list(string)", extract_all, Function::pattern},
    {"regex.findAll(string, string) -> list(string)", extract_all, Function::pattern},
    {"regex.replace(string, string, string) -> string", replace, Function::pattern},
    {"regex.replace(string, string, string, int) -> string", replace_limited, Function::pattern},
};

}  // namespace

std::string pattern_problem(std::string_view pattern) {
    const RE2 re(piece(pattern), options());
    return re.ok() ? std::string() : fmt::format("the pattern is wrong: {}", re.error());
}

std::span<const Function> regex_functions() { return functions; }

}  // namespace flowrun::expr

#include "expr/function.hh"

#include <array>
#include <cassert>
#include <cstring>

namespace flowrun::expr {
namespace {

using Family = std::span<const Function> (*)();
constexpr std::array<Family, 13> families{conversion_functions, string_functions, format_functions,    regex_functions,
                                          math_functions,       list_functions,   aggregate_functions, set_functions,
                                          encoder_functions,    hash_functions,   optional_functions,  time_functions,
                                          url_functions};

struct Head {
    std::string_view name;
    bool receiver;
};

// `string:indexOf(…` is indexOf of a receiver, `math.abs(…` is math.abs.
Head head_of(const char* signature) {
    const char* open = std::strchr(signature, '(');
    // The receiver's own type may have brackets: list(string):join(…
    const char* colon = std::strchr(signature, ':');
    if (colon == nullptr) return {{signature, static_cast<std::size_t>(open - signature)}, false};
    open = std::strchr(colon, '(');
    return {{colon + 1, static_cast<std::size_t>(open - colon - 1)}, true};
}

struct Named {
    std::string_view name;
    Kind kind;
};
constexpr std::array kinds{
    Named{"null", Kind::null},           Named{"bool", Kind::boolean},      Named{"int", Kind::integer},
    Named{"uint", Kind::unsigned_},      Named{"double", Kind::real},       Named{"string", Kind::string},
    Named{"bytes", Kind::bytes},         Named{"list", Kind::list},         Named{"map", Kind::map},
    Named{"timestamp", Kind::timestamp}, Named{"duration", Kind::duration}, Named{"type", Kind::type},
    Named{"optional", Kind::optional},   Named{"secret", Kind::secret},
};

// Reads a signature; it is ours, so that a mistake in one is a bug.
class Reader {
public:
    explicit Reader(const char* text) : at_(text) {}

    Overload read() {
        Overload out;
        const char* colon = std::strchr(at_, ':');
        if (colon != nullptr) {
            out.receiver = true;
            out.parameters.push_back(pattern());
            skip(':');
        }
        while (*at_ != '(') ++at_;
        skip('(');
        while (*at_ != ')') {
            out.parameters.push_back(pattern());
            if (std::strncmp(at_, "...", 3) == 0) {
                out.variadic = true;
                at_ += 3;
            }
            if (*at_ == ',') at_ += 2;
        }
        skip(')');
        at_ += 4;
        out.result = pattern();
        for (const Pattern& p : out.parameters) out.accepts.push_back(p.accepts());
        return out;
    }

private:
    void skip(char c) {
        assert(*at_ == c);
        (void)c;
        ++at_;
    }

    Pattern pattern() {
        const char* from = at_;
        while ((*at_ >= 'a' && *at_ <= 'z') || (*at_ >= 'A' && *at_ <= 'Z')) ++at_;
        const std::string_view name(from, static_cast<std::size_t>(at_ - from));
        Pattern out;
        if (name == "number") {
            out.variable = '#';
        } else if (name == "dyn") {
            out.variable = '?';
        } else if (name.size() == 1) {
            out.variable = name[0];
        } else {
            for (const Named& named : kinds) {
                if (named.name == name) out.kind = named.kind;
            }
            assert(out.kind != Kind::absent);
        }
        if (*at_ != '(') return out;
        do {
            at_ += *at_ == ',' ? 2 : 1;
            out.parts.push_back(pattern());
        } while (*at_ == ',');
        skip(')');
        return out;
    }

    const char* at_;
};

// What the variables of a signature stand for.
struct Bound {
    std::array<Type, 6> types;
    std::array<bool, 6> known{};

    static std::size_t index(char variable) { return std::string_view("#ABKVT").find(variable); }
};

bool unify(const Pattern& pattern, const Type& type, Bound& bound) {
    if (pattern.variable == '?') return true;
    if (pattern.variable != 0) {
        if (pattern.variable == '#' && !type.is_dyn() && !type.is_number()) return false;
        const std::size_t i = Bound::index(pattern.variable);
        bound.types[i] = bound.known[i] ? Type::join(bound.types[i], type) : type;
        bound.known[i] = true;
        return true;
    }
    if (type.is_dyn()) return true;
    if (!type.is(pattern.kind)) return false;
    for (std::size_t i = 0; i < pattern.parts.size(); ++i) {
        if (!unify(pattern.parts[i], type.part(i), bound)) return false;
    }
    return true;
}

Type substitute(const Pattern& pattern, const Bound& bound) {
    if (pattern.variable == '?') return {};
    if (pattern.variable != 0) return bound.types[Bound::index(pattern.variable)];
    const auto part = [&](std::size_t i) {
        return i < pattern.parts.size() ? substitute(pattern.parts[i], bound) : Type{};
    };
    switch (pattern.kind) {
        case Kind::list: return Type::list(part(0));
        case Kind::map: return Type::map(part(0), part(1));
        case Kind::optional: return Type::optional(part(0));
        default: return Type(pattern.kind);
    }
}

template <class Use>
void each_function(Use use) {
    for (const Family family : families) {
        for (const Function& function : family()) use(function, head_of(function.signature));
    }
}

}  // namespace

std::uint32_t Pattern::accepts() const {
    const auto bit = [](Kind k) { return 1u << static_cast<unsigned>(k); };
    if (variable == '#') return bit(Kind::integer) | bit(Kind::unsigned_) | bit(Kind::real);
    if (variable != 0) return ~(bit(Kind::error) | bit(Kind::absent));
    return bit(kind);
}

bool Overload::match(const std::vector<Type>& arguments, Type& out) const {
    if (!takes(arguments.size())) return false;
    Bound bound;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const Pattern& pattern = parameters[i < parameters.size() ? i : parameters.size() - 1];
        if (!unify(pattern, arguments[i], bound)) return false;
    }
    out = substitute(result, bound);
    return true;
}

std::vector<Overload> overloads_of(std::string_view name, bool receiver) {
    std::vector<Overload> out;
    each_function([&](const Function& function, const Head& head) {
        if (head.receiver != receiver || head.name != name) return;
        out.push_back(Reader(function.signature).read());
        out.back().function = &function;
    });
    return out;
}

bool function_exists(std::string_view name, bool receiver) {
    bool found = false;
    each_function(
        [&](const Function&, const Head& head) { found = found || (head.receiver == receiver && head.name == name); });
    return found;
}

std::vector<std::string_view> function_names(bool receiver) {
    std::vector<std::string_view> out;
    each_function([&](const Function&, const Head& head) {
        if (head.receiver == receiver && (out.empty() || out.back() != head.name)) out.push_back(head.name);
    });
    return out;
}

}  // namespace flowrun::expr

#include "expr/text.hh"

#include <algorithm>

#include <fmt/format.h>

#include "expr/convert.hh"
#include "expr/lexer.hh"
#include "expr/text_form.hh"
#include "value/json.hh"

namespace flowrun::expr {
namespace {

// The text that a value has inside other text; or why it has none.
std::expected<void, std::string> append(const Value& v, std::string& out) {
    switch (v.kind) {
        case Kind::null: return std::unexpected("null has no text; choose one, for example x == null ? '' : x");
        case Kind::bytes: return std::unexpected("bytes have no text; write string(...) or base64.encode(...)");
        case Kind::optional:
            if (v.items == nullptr) return std::unexpected("the optional is empty; write .orValue(...)");
            return append(*v.items, out);
        case Kind::secret: out += v.view(); return {};
        case Kind::list:
        case Kind::map: {
            value::Builder builder;
            if (auto done = build(v, builder); !done) return done;
            const value::Node* node = builder.finish();
            if (node == nullptr) return std::unexpected("this cannot be written in JSON");
            value::write(*node, out);
            return {};
        }
        default: append_text(v, out); return {};
    }
}

Failure failure_of(std::string_view message, Arena& arena, std::uint32_t offset, std::size_t length,
                   const Value& culprit) {
    Failure failure;
    failure.message = arena.copy(message);
    failure.offset = failure.begin = offset;
    failure.length = failure.size = static_cast<std::uint32_t>(length);
    if (culprit.is(Kind::absent)) return failure;
    failure.culprits = arena.make<Value>(culprit);
    failure.culprit_count = 1;
    return failure;
}

}  // namespace

void Text::add_literal(std::vector<Part>& parts, std::string_view text) {
    if (text.empty()) return;
    if (parts.empty() || parts.back().program != nullptr) parts.emplace_back();
    parts.back().literal += text;
}

// What is wrong where no brace closes an expression: the lexer may know better, since a quote that is not closed hides
// every brace.
Problem Text::unclosed(std::string_view text, std::size_t open) {
    Lexer lexer(text, open + 2);
    Token token = lexer.next();
    while (!token.is(Word::end) && !token.is(Word::bad)) token = lexer.next();
    if (token.is(Word::bad)) return lexer.problem();
    return {static_cast<std::uint32_t>(open), 2, "'${' is not closed",
            "add the closing '}', or write '$${' for the text itself"};
}

std::expected<Text, std::vector<Problem>> Text::parse(std::string_view text, const Scope& scope, const Type& wanted,
                                                      Checking checking) {
    Text out;
    std::vector<Problem> problems;
    std::size_t at = 0;
    for (std::size_t open = text.find("${"); open != std::string_view::npos; open = text.find("${", at)) {
        if (open > at && text[open - 1] == '$') {
            add_literal(out.parts_, text.substr(at, open - 1 - at));
            add_literal(out.parts_, "${");
            at = open + 2;
            continue;
        }
        add_literal(out.parts_, text.substr(at, open - at));
        const auto close = matching_brace(text, open + 2);
        if (!close) {
            problems.push_back(unclosed(text, open));
            return std::unexpected(std::move(problems));
        }
        const std::string_view inside = text.substr(open + 2, *close - open - 2);
        out.whole_ = open == 0 && *close + 1 == text.size();
        auto program = Program::compile(inside, scope, out.whole_ ? wanted : Type::dyn(), checking);
        const auto offset = static_cast<std::uint32_t>(open + 2);
        out.parts_.push_back({{}, nullptr, offset});
        if (program) out.parts_.back().program = std::make_unique<Program>(std::move(*program));
        for (Problem& problem : program ? std::vector<Problem>() : std::move(program.error())) {
            problem.offset += offset;
            problems.push_back(std::move(problem));
        }
        at = *close + 1;
    }
    add_literal(out.parts_, text.substr(at));
    if (!problems.empty()) return std::unexpected(std::move(problems));
    return out;
}

std::expected<Value, Failure> Text::evaluate(const Part& part, const Frame& frame, Arena& arena) {
    auto v = part.program->evaluate(frame, arena);
    if (!v) {
        v.error().offset += part.offset;
        v.error().begin += part.offset;
    }
    return v;
}

std::expected<Value, Failure> Text::evaluate(const Frame& frame, Arena& arena) const {
    if (whole_) return evaluate(parts_[0], frame, arena);
    if (parts_.empty()) return Value::string({});
    if (parts_.size() == 1 && parts_[0].program == nullptr) return Value::string(parts_[0].literal);
    std::string out;
    bool secret = false;
    for (const Part& part : parts_) {
        if (part.program == nullptr) {
            out += part.literal;
            continue;
        }
        const auto v = evaluate(part, frame, arena);
        if (!v) return v;
        secret = secret || v->is(Kind::secret);
        if (const auto done = append(*v, out); !done) {
            return std::unexpected(failure_of(done.error(), arena, part.offset, part.program->text().size(), *v));
        }
        if (out.size() > frame.limits.memory) {
            return std::unexpected(
                failure_of("the text is too long", arena, part.offset, part.program->text().size(), Value::absent()));
        }
    }
    const std::string_view kept = arena.copy(out);
    return secret ? Value::secret(kept) : Value::string(kept);
}

Type Text::type() const {
    if (whole_) return parts_[0].program->type();
    const bool secret = std::any_of(parts_.begin(), parts_.end(), [](const Part& p) {
        return p.program != nullptr && p.program->type().is(Kind::secret);
    });
    return secret ? Type::secret() : Type::string();
}

bool Text::uses(Slot slot) const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [&](const Part& p) { return p.program != nullptr && p.program->uses(slot); });
}

bool Text::constant() const {
    return std::all_of(parts_.begin(), parts_.end(),
                       [](const Part& p) { return p.program == nullptr || p.program->constant(); });
}

}  // namespace flowrun::expr

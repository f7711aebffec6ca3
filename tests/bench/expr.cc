// How near an expression comes to the same test written in C++, on the same message. Prints nanoseconds an evaluation
// and ratios; only the ratios mean anything beyond this machine.
//
// The rows: C++ by hand on the Node; the compiled program; the program's steps without those made for special cases
// (a tree of general operators, as explaining uses); and the limit of 10 times that the language promises.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "expr/checker.hh"
#include "expr/code.hh"
#include "expr/compiler.hh"
#include "expr/parser.hh"
#include "expr/program.hh"
#include "value/json.hh"

namespace {

std::uint64_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* at = std::malloc(size)) return at;
    std::abort();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace {

using namespace flowrun;

constexpr const char* expression = "msg.status == 'paid' && msg.total > 100";
constexpr std::size_t turns = 2'000'000;

std::vector<value::Value> messages() {
    std::vector<value::Value> out;
    for (int i = 0; i < 64; ++i) {
        const std::string text =
            "{\"id\":" + std::to_string(i) + ",\"customer\":{\"id\":\"c" + std::to_string(i * 7) +
            "\",\"country\":\"CZ\"},\"status\":\"" + (i % 3 == 0 ? "open" : "paid") +
            "\",\"items\":[{\"sku\":\"a\",\"price\":12.5},{\"sku\":\"b\",\"price\":3}],\"total\":" +
            std::to_string(i * 5) + (i % 2 == 0 ? "" : ".25") + "}";
        out.push_back(*value::parse(text));
    }
    return out;
}

bool by_hand(const value::Node& msg) {
    const value::Node* status = msg.member("status");
    if (status == nullptr || status->as_string() != "paid") return false;
    const value::Node* total = msg.member("total");
    const auto amount = total == nullptr ? std::nullopt : total->as_double();
    return amount && *amount > 100;
}

// Least of some rounds, in nanoseconds a turn; `found` keeps the work from being optimised away.
template <class Run>
double measure(const std::vector<value::Value>& all, std::uint64_t& found, Run run) {
    double least = 1e9;
    for (int round = 0; round < 7; ++round) {
        found = 0;
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < turns; ++i) found += run(*all[i % all.size()]) ? 1 : 0;
        const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
        least = std::min(least, took.count() / static_cast<double>(turns));
    }
    return least;
}

}  // namespace

int main() {
    const auto all = messages();
    expr::Scope scope;
    const expr::Slot slot = scope.add("msg", expr::Type::dyn());
    const auto program = expr::Program::compile(expression, scope, expr::Type::boolean());
    if (!program) return 1;

    const expr::ExprPtr tree = std::move(*expr::Parser::parse(expression));
    expr::Checker checker(scope, expr::Checking::strict);
    checker.check(*tree);
    expr::Code general;
    general.text = expression;
    expr::Compiler(general, true).compile(*tree);

    expr::Frame frame(scope);
    Arena arena;
    std::uint64_t a = 0, b = 0, c = 0;
    const double hand = measure(all, a, by_hand);
    const std::uint64_t before = allocations;
    const double compiled = measure(all, b, [&](const value::Node& msg) {
        frame.set(slot, expr::Value::from(msg));
        const auto v = program->evaluate(frame, arena);
        return v && v->true_();
    });
    const std::uint64_t allocated = allocations - before;
    const double walked = measure(all, c, [&](const value::Node& msg) {
        frame.set(slot, expr::Value::from(msg));
        const auto v = general.evaluate(frame, arena, nullptr);
        return v && v->true_();
    });
    if (a != b || a != c) return 1;

    std::printf("%s\n", expression);
    std::printf("  C++ by hand      %7.1f ns\n", hand);
    std::printf("  compiled         %7.1f ns  %5.2f of by hand (limit 10), %llu allocations\n", compiled,
                compiled / hand, static_cast<unsigned long long>(allocated));
    std::printf("  general tree     %7.1f ns  %5.2f of compiled\n", walked, walked / compiled);
    return compiled <= 10 * hand && allocated == 0 ? 0 : 1;
}

// Any bytes, as an expression and as a text with `${…}`: compiled strictly and leniently. What is refused must point
// within the text.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "expr/flow_scope.hh"
#include "expr/text.hh"

using namespace flowrun::expr;

namespace {

void look(const std::vector<Problem>& problems, std::size_t size) {
    if (problems.empty()) std::abort();
    for (const Problem& problem : problems) {
        if (std::size_t{problem.offset} + problem.length > size || problem.message.empty()) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const FlowNames names{{{"s", Type::string()}, {"n", Type::integer()}, {"secret", Type::secret()}}, {"USER"}};
    static const Scope scope = retry_scope(names);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const Checking checking : {Checking::strict, Checking::lenient}) {
        if (const auto program = Program::compile(text, scope, {}, checking); !program) look(program.error(), size);
        if (const auto parsed = Text::parse(text, scope, {}, checking); !parsed) look(parsed.error(), size);
    }
    return 0;
}

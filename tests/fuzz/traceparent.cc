// What a caller says of its trace, in a header, the environment or a message. What is taken is whole: no id is zero, and written
// again it is the same.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "trace/context.hh"

using namespace flowrun::trace;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // In memory of its own and just as long, so that a read beyond either end is seen.
    const std::unique_ptr<char[]> exact(new char[size]);
    if (size != 0) std::memcpy(exact.get(), data, size);
    const std::string_view text(exact.get(), size);
    const auto context = parse_traceparent(text);
    if (!context) return 0;
    must(context->span != 0 && context->trace != TraceId{});
    const std::string again = format_traceparent(*context);
    must(parse_traceparent(again) == context);
    if (text.starts_with("00-")) must(text.substr(0, 53) == std::string_view(again).substr(0, 53));
    return 0;
}

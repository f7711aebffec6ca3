// What a server may answer. What the runner's own reader takes this one takes too, as far as it goes down, and of texts it reads
// the same; what it writes as a text is read as that.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "broker/json.hh"
#include "value/json.hh"

using namespace flowrun;

namespace {

constexpr std::size_t deepest = 64;

void must(bool truth) {
    if (!truth) std::abort();
}

void compare(const broker::Json& mine, const value::Node& theirs) {
    using Kind = broker::Json::Kind;
    if (const auto text = theirs.as_string()) {
        must(mine.kind() == Kind::text && mine.text() == *text);
    } else if (theirs.is(value::Kind::list)) {
        must(mine.kind() == Kind::list);
        std::size_t i = 0;
        for (const value::Node& one : value::elements(theirs)) compare(mine.items().at(i++), one);
        must(i == mine.items().size());
    } else if (theirs.is(value::Kind::map)) {
        must(mine.is_object());
    } else if (theirs.is(value::Kind::null)) {
        must(mine.kind() == Kind::null);
    } else if (theirs.is(value::Kind::integer)) {
        must(mine.whole() == *theirs.as_int());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // In memory of its own and just as long, so that a read beyond either end is seen.
    const std::unique_ptr<char[]> exact(new char[size]);
    if (size != 0) std::memcpy(exact.get(), data, size);
    const std::string_view text(exact.get(), size);
    const auto mine = broker::Json::parse(text);
    const auto theirs = value::parse(text);
    if (theirs && (*theirs)->height < deepest) {
        must(mine.has_value());
        compare(*mine, **theirs);
    }
    const auto quoted = broker::Json::parse(broker::json_text(text));
    must(quoted && quoted->text() == text);
    return 0;
}

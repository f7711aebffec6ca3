// What a group has committed beside its offset, whatever it is. What comes of it begins at the base, gives out each message at most
// once, and is the same when it is written and read again.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "../../plugins/kafka/offsets.hh"

using flowrun::kafka::Offsets;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

std::vector<bool> read(Offsets offsets, std::int64_t from, std::int64_t end) {
    std::vector<bool> all;
    for (std::int64_t at = from; at < end; ++at) all.push_back(offsets.read(at));
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view note(reinterpret_cast<const char*>(data), size);
    constexpr std::int64_t base = 1000, end = base + 200;
    Offsets offsets(base, note);
    must(offsets.base() == base && offsets.ahead() >= 0);
    const auto commit = offsets.commit(false, size + 200);
    must(commit.base == base);
    const Offsets again(commit.base, commit.note);
    must(read(offsets, base, end) == read(again, base, end) || !commit.covers(end));

    std::int64_t last = base;
    for (std::int64_t at = base; at < end; ++at) {
        const bool comes = offsets.read(at);
        must(!offsets.read(at));
        if (comes && at % 3 != 0) offsets.ack(at);
        must(offsets.base() >= last && offsets.base() <= end);
        last = offsets.base();
    }
    return 0;
}

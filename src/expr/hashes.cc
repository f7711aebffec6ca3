// Digests, and what asks the surroundings: uuid() and now().

#include <array>

#include <fmt/format.h>

#include "expr/context.hh"
#include "expr/digest.hh"
#include "expr/function.hh"

namespace flowrun::expr {
namespace {

template <std::string (*Digest)(std::string_view)>
Value digest(const Call& c) {
    if (!c.spend(c[0].size / 4)) return c.limit();
    return c.string(Digest(c.text(0)));
}

// Version 4: random but for the bits that say so.
Value uuid(const Call& c) {
    Surroundings* from = c.context.frame.surroundings;
    if (from == nullptr) return c.fail("uuid() has nothing to draw from here");
    const std::uint64_t high = (from->random() & ~std::uint64_t{0xF000}) | 0x4000;
    const std::uint64_t low = (from->random() >> 2) | (std::uint64_t{2} << 62);
    return c.string(fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF,
                                low >> 48, low & 0xFFFFFFFFFFFF));
}

Value now(const Call& c) {
    Surroundings* from = c.context.frame.surroundings;
    return from == nullptr ? c.fail("now() has no clock here") : Value::moment(from->now());
}

constexpr Function functions[] = {
    {"hash.sha256(string) -> string", digest<sha256>}, {"hash.sha256(bytes) -> string", digest<sha256>},
    {"hash.md5(string) -> string", digest<md5>},       {"hash.md5(bytes) -> string", digest<md5>},
    {"uuid() -> string", uuid, Function::impure},      {"now() -> timestamp", now, Function::impure},
};

}  // namespace

std::span<const Function> hash_functions() { return functions; }

}  // namespace flowrun::expr

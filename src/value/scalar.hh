#pragma once
// A scalar Node written by three stores.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "value/node.hh"

namespace flowrun::value {

static_assert(std::endian::native == std::endian::little);
static_assert(offsetof(Node, flags) == 1 && offsetof(Node, count) == 4 && offsetof(Node, span) == 8 &&
              offsetof(Node, text_size) == 12);

// All that stands before the span: eight bytes.
constexpr std::uint64_t head_of(Kind kind, std::uint8_t flags, std::uint32_t count) {
    return static_cast<std::uint64_t>(kind) | std::uint64_t{flags} << 8 | std::uint64_t{count} << 32;
}

[[gnu::always_inline]] inline void put_scalar(Node* node, std::uint64_t head, std::uint32_t text_size,
                                              const char* text) {
    const std::uint64_t span = 1 | std::uint64_t{text_size} << 32;
    std::memcpy(static_cast<void*>(node), &head, sizeof head);
    std::memcpy(reinterpret_cast<char*>(node) + offsetof(Node, span), &span, sizeof span);
    node->text = text;
}

}  // namespace flowrun::value

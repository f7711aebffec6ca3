#pragma once
// Content codings (RFC 9110, 8.4): a body as it was before it was compressed for the way.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::http {

enum class Coding : std::uint8_t { gzip, deflate, zstd };

// As Accept-Encoding names those that are understood.
inline constexpr std::string_view known_codings = "gzip, deflate, zstd";

// Of a Content-Encoding, in the order in which they were applied. Nothing: one is not understood, or they are too many.
std::optional<std::vector<Coding>> codings_of(std::string_view content_encoding);

enum class Undecoded : std::uint8_t { none, cut, damaged, too_large };

// Decodes `body` in its place. too_large: it would be of more than `most` bytes. On failure the body is not to be used.
Undecoded decode(std::string& body, const std::vector<Coding>& codings, std::uint64_t most);

}  // namespace flowrun::http

#pragma once
#include <cstdint>
#include <string_view>

namespace flowrun::postgres {

// By which the server knows a key (FNV-1a: what lies in a table is compared with what comes). Of two keys with one number each
// waits for the other, and that is all.
inline std::int64_t lock_of(std::string_view key) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return static_cast<std::int64_t>(hash);
}

}  // namespace flowrun::postgres

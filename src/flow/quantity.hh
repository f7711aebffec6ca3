#pragma once
// Texts with units: durations (`250ms 5s 1m30s 2h 1d`), sizes (`512 16MiB 1GB`), rates (`50/s 10/m 1.5/h`).

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace flowrun::flow {

// What is wrong, and which part of the text it is.
struct BadQuantity {
    std::size_t offset = 0, length = 0;
    std::string message;
    std::string remedy;
};

// Nanoseconds. Parts in falling order of units ns us ms s m h d; a part may have a fraction; `0` needs no unit.
std::expected<std::int64_t, BadQuantity> duration_of(std::string_view text);
// Bytes. Units B, KB MB GB TB of 1000, KiB MiB GiB TiB of 1024; none: bytes. May have a fraction with a unit.
std::expected<std::uint64_t, BadQuantity> size_of(std::string_view text);
// A second; above 0. `/s`, `/m` or `/h` must be said.
std::expected<double, BadQuantity> rate_of(std::string_view text);

// "5s", "1m30s": the shortest that reads back as the same.
std::string duration_text(std::int64_t nanoseconds);

}  // namespace flowrun::flow

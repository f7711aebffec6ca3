#pragma once
// An expected failure, as a value. Codes are those of the plugin ABI (flowrun/component.h), so that a status crosses
// the border unchanged. Bugs are asserts, not Errors.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun {

enum class Code : std::int32_t {
    ok = 0,
    invalid = -1,
    failed = -2,
    timeout = -3,
    cancelled = -4,
    unavailable = -5,
    overflow = -6,
    permanent = -7,
    internal = -8,
};

// The name users see: "invalid", "timeout" and so on; "ok" for ok.
std::string_view name_of(Code code);

// Whether a failure of this code is retried unless something else is said: all but invalid, permanent and cancelled.
bool retryable_by_default(Code code);

struct Error {
    Code code = Code::failed;
    std::string message;
    bool retryable = true;
    std::int64_t retry_after = 0;  // nanoseconds; 0: not said
    std::string node;              // where it began; empty: outside any node
    std::uint32_t attempts = 0;    // 0: never tried
    std::string detail;            // JSON text; empty: none
    std::vector<Error> causes;     // of a gathered error, in written order

    // Not inline: an error is seldom there, and what asks whether it is stays small.
    Error();
    Error(const Error& other);
    Error(Error&& other) noexcept;
    Error& operator=(const Error& other);
    Error& operator=(Error&& other) noexcept;
    ~Error();

    static Error of(Code code, std::string message);
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Code code, std::string message) {
    return std::unexpected(Error::of(code, std::move(message)));
}

}  // namespace flowrun

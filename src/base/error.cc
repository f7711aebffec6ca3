#include "base/error.hh"

#include <utility>

namespace flowrun {

std::string_view name_of(Code code) {
    switch (code) {
        case Code::ok: return "ok";
        case Code::invalid: return "invalid";
        case Code::failed: return "failed";
        case Code::timeout: return "timeout";
        case Code::cancelled: return "cancelled";
        case Code::unavailable: return "unavailable";
        case Code::overflow: return "overflow";
        case Code::permanent: return "permanent";
        case Code::internal: return "internal";
    }
    return "internal";
}

bool retryable_by_default(Code code) {
    return code != Code::invalid && code != Code::permanent && code != Code::cancelled;
}

Error::Error() = default;
Error::Error(const Error& other) = default;
Error::Error(Error&& other) noexcept = default;
Error& Error::operator=(const Error& other) = default;
Error& Error::operator=(Error&& other) noexcept = default;
Error::~Error() = default;

Error Error::of(Code code, std::string message) {
    Error e;
    e.code = code;
    e.message = std::move(message);
    e.retryable = retryable_by_default(code);
    return e;
}

}  // namespace flowrun

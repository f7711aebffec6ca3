#pragma once
// A setting over the message, as a handler reads it.

#include <flowrun/component.hh>

#include <cstdint>

namespace flowrun::core {

struct Given {
    sdk::Value value;                      // absent: it is not given, or could not be evaluated
    sdk::Status status = sdk::Status::ok;  // negative: that failed; the handler returns it, the host knows the rest

    explicit operator bool() const { return static_cast<bool>(value); }
    bool failed() const { return sdk::is_error(status); }
};

inline Given given(sdk::Call call, std::uint32_t setting) {
    const sdk::Value value = call.setting(setting);
    return {value, value ? sdk::Status::ok : call.setting_status()};
}

}  // namespace flowrun::core

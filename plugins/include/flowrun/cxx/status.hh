// flowrun/cxx/status.hh: the results of calls, as C++ names of the numbers in flowrun/component_table.h. C++17.
#ifndef FLOWRUN_CXX_STATUS_HH
#define FLOWRUN_CXX_STATUS_HH

#include <flowrun/component_table.h>

#include <cstdint>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    enum class [[nodiscard]] Status : std::int32_t {
        ok = FLOWRUN_OK,
        forwarded = FLOWRUN_FORWARDED,
        pending = FLOWRUN_PENDING,
        invalid = FLOWRUN_E_INVALID,
        failed = FLOWRUN_E_FAILED,
        timeout = FLOWRUN_E_TIMEOUT,
        cancelled = FLOWRUN_E_CANCELLED,
        unavailable = FLOWRUN_E_UNAVAILABLE,
        overflow = FLOWRUN_E_OVERFLOW,
        permanent = FLOWRUN_E_PERMANENT,
        internal = FLOWRUN_E_INTERNAL
    };

    constexpr bool is_error(Status status) noexcept { return static_cast<std::int32_t>(status) < 0; }

}  // namespace sdk
}  // namespace flowrun
#endif

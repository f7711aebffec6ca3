// flowrun/cxx/guard.hh: the border that no exception passes. C++17.
#ifndef FLOWRUN_CXX_GUARD_HH
#define FLOWRUN_CXX_GUARD_HH

#include <flowrun/cxx/call.hh>
#include <flowrun/cxx/failure.hh>

#include <cstdint>
#include <exception>
#include <type_traits>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    namespace detail {

    // Calls body(), and tells `report(const Failure&)` of what it throws.
    template <class Body, class Report>
    std::int32_t guarded(Body&& body, Report&& report) noexcept {
        try {
            if constexpr (std::is_void_v<decltype(body())>) {
                body();
                return FLOWRUN_OK;
            } else {
                return static_cast<std::int32_t>(body());
            }
        } catch (const Failure& failure) {
            report(failure);
            return static_cast<std::int32_t>(failure.code());
        } catch (const std::exception& e) { report(Failure(Status::internal, e.what())); } catch (...) {
            report(Failure(Status::internal, "the component threw something that is not a std::exception"));
        }
        return FLOWRUN_E_INTERNAL;
    }

    template <class Body>
    std::int32_t guarded_call(Call call, Body&& body) noexcept {
        return guarded(body, [call](const Failure& failure) { (void)call.fail(failure); });
    }

    }  // namespace detail

}  // namespace sdk
}  // namespace flowrun
#endif

// flowrun/cxx/failure.hh: an error that a component gives, and one that it receives. C++17.
//
// A component fails by `return call.fail(Status::invalid, "…")` or by throwing a Failure; both reach the runner with
// the same fields. Any other exception becomes `internal` with its what().
#ifndef FLOWRUN_CXX_FAILURE_HH
#define FLOWRUN_CXX_FAILURE_HH

#include <flowrun/host.h>
#include <flowrun/cxx/status.hh>
#include <flowrun/cxx/value.hh>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    enum class Retry : std::uint32_t {
        by_code = FLOWRUN_RETRY_BY_CODE,  // all codes but invalid, permanent and cancelled
        yes = FLOWRUN_RETRY_YES,
        no = FLOWRUN_RETRY_NO
    };

    class Failure : public std::exception {
    public:
        Failure(Status code, std::string message) : code_(code), message_(std::move(message)) {}

        Failure& retry(Retry retry) noexcept {
            retry_ = retry;
            return *this;
        }
        Failure& retry_after(std::int64_t nanoseconds) noexcept {
            retry_after_ = nanoseconds;
            return *this;
        }
        // Where an error began that is passed on; else it is the node that fails.
        Failure& node(std::string_view name) {
            node_ = name;
            return *this;
        }
        // Shown in `error.detail`; kept until the failure is gone.
        Failure& detail(Value detail) {
            detail_ = std::make_shared<Kept>(detail);  // shared because an exception must be copyable
            return *this;
        }

        Status code() const noexcept { return code_; }
        const char* what() const noexcept override { return message_.c_str(); }
        // For the C tables; borrowed from this Failure.
        flowrun_error raw() const noexcept {
            flowrun_error error{};
            error.size = sizeof error;
            error.code = static_cast<std::int32_t>(code_);
            error.message = message_.data();
            error.message_size = message_.size();
            error.retryable = static_cast<std::uint32_t>(retry_);
            error.retry_after = retry_after_;
            error.node = node_.empty() ? nullptr : node_.data();
            error.node_size = node_.size();
            error.detail = detail_ ? detail_->get().raw() : nullptr;
            return error;
        }

    private:
        Status code_;
        std::string message_;
        Retry retry_ = Retry::by_code;
        std::int64_t retry_after_ = 0;
        std::string node_;
        std::shared_ptr<Kept> detail_;
    };

    // The error of an emit. Its text and values are borrowed until the next emit or the end of the call.
    class Received {
    public:
        Received(const flowrun_values* table, const flowrun_error& error) noexcept : table_(table), error_(error) {}

        Status code() const noexcept { return static_cast<Status>(error_.code); }
        std::string_view message() const noexcept { return view(error_.message, error_.message_size); }
        bool retryable() const noexcept { return error_.retryable == FLOWRUN_RETRY_YES; }
        std::uint32_t attempts() const noexcept { return error_.attempts; }
        std::int64_t retry_after() const noexcept { return error_.retry_after; }  // nanoseconds
        std::string_view node() const noexcept { return view(error_.node, error_.node_size); }
        Value detail() const noexcept { return {table_, error_.detail}; }
        const flowrun_error& raw() const noexcept { return error_; }

        // A copy that lasts and can be thrown.
        Failure copy() const {
            Failure failure(code(), std::string(message()));
            failure.retry(static_cast<Retry>(error_.retryable)).retry_after(error_.retry_after).node(node());
            if (error_.detail) failure.detail(detail());
            return failure;
        }

    private:
        static std::string_view view(const char* data, std::uint64_t size) noexcept {
            return data ? std::string_view(data, static_cast<std::size_t>(size)) : std::string_view();
        }
        const flowrun_values* table_;
        flowrun_error error_;
    };

}  // namespace sdk
}  // namespace flowrun
#endif

// flowrun/cxx/batch.hh: many messages in one call, for handle_batch. C++17. Good until handle_batch returns.
#ifndef FLOWRUN_CXX_BATCH_HH
#define FLOWRUN_CXX_BATCH_HH

#include <flowrun/cxx/call.hh>
#include <flowrun/cxx/failure.hh>

#include <cstdint>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    // n messages at once. Every result is ok until it is set.
    class Batch {
    public:
        Batch(const flowrun_host* host, flowrun_call* const* calls, const flowrun_value* const* messages,
              std::int32_t* results, std::uint64_t size) noexcept
            : host_(host), calls_(calls), messages_(messages), results_(results), size_(size) {}
        std::uint64_t size() const noexcept { return size_; }
        Call call(std::uint64_t i) const noexcept { return {host_, calls_[i]}; }
        Value message(std::uint64_t i) const noexcept { return {host_->values, messages_[i]}; }
        void result(std::uint64_t i, Status status) const noexcept { results_[i] = static_cast<std::int32_t>(status); }

        // One after another: handle(call, message) gives each its result, or throws its Failure.
        template <class Handle>
        void each(Handle&& handle) const {
            for (std::uint64_t i = 0; i < size_; ++i) {
                try {
                    result(i, handle(call(i), message(i)));
                } catch (const Failure& failure) { result(i, call(i).fail(failure)); }
            }
        }

    private:
        const flowrun_host* host_;
        flowrun_call* const* calls_;
        const flowrun_value* const* messages_;
        std::int32_t* results_;
        std::uint64_t size_;
    };

}  // namespace sdk
}  // namespace flowrun
#endif

// flowrun/cxx/delivered.hh: emits whose `done` is called when all that came of them is dealt with. C++17.
#ifndef FLOWRUN_CXX_DELIVERED_HH
#define FLOWRUN_CXX_DELIVERED_HH

#include <flowrun/ext/delivered.h>
#include <flowrun/cxx/call.hh>
#include <flowrun/cxx/node.hh>

#include <cstdint>
#include <utility>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    // Of a source; good as long as its node. Promises what ext/delivered.h does.
    class Delivered {
    public:
        explicit Delivered(Node node) : table_(node.extension<flowrun_delivered>(FLOWRUN_DELIVERED_ID)) {}
        // unavailable, of a host that knows nothing of it: `done` is not called then, as after any negative result.
        Status emit(Call call, std::uint32_t port, Value value, const flowrun_meta* meta, flowrun_done_fn done,
                    void* user) const noexcept {
            if (!table_) return Status::unavailable;
            return static_cast<Status>(table_->emit(call.raw(), port, value.raw(), meta, done, user));
        }
        // The same with done(Status, Value reply, const flowrun_error*), as Call::emit_async has it.
        template <class Done>
        Status emit(Call call, std::uint32_t port, Value value, const flowrun_meta* meta, Done&& done) const {
            return call.with_done(std::forward<Done>(done), [&](flowrun_done_fn told, void* user) {
                return emit(call, port, value, meta, told, user);
            });
        }

    private:
        const flowrun_delivered* table_;
    };

}  // namespace sdk
}  // namespace flowrun
#endif

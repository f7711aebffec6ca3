// flowrun/cxx/node.hh: one use of a component in a flow, and what the runner offers outside any call. C++17.
//
// Two pointers, copied freely; good from the component's constructor to its destructor, on any thread.
#ifndef FLOWRUN_CXX_NODE_HH
#define FLOWRUN_CXX_NODE_HH

#include <flowrun/host.h>

#include <cstdint>
#include <string_view>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    enum class Level : std::uint32_t {
        debug = FLOWRUN_DEBUG,
        info = FLOWRUN_INFO,
        warn = FLOWRUN_WARN,
        error = FLOWRUN_ERROR
    };

    class Node {
    public:
        constexpr Node(const flowrun_host* host, flowrun_node* raw) noexcept : host_(host), raw_(raw) {}

        constexpr const flowrun_host* host() const noexcept { return host_; }
        const flowrun_values* values() const noexcept { return host_->values; }
        constexpr flowrun_node* raw() const noexcept { return raw_; }

        const char* name() const noexcept { return host_->node_name(raw_); }
        void log(Level level, std::string_view text) const noexcept {
            host_->log(raw_, static_cast<std::uint32_t>(level), text.data(), text.size());
        }
        // In the constructor or `start`: why it fails; what they throw becomes the reason without it.
        void refuse(std::string_view why) const noexcept { host_->refuse(raw_, why.data(), why.size()); }
        std::int64_t now() const noexcept { return host_->now(); }    // nanoseconds, monotonic
        std::int64_t wall() const noexcept { return host_->wall(); }  // nanoseconds since 1970

        // Calls `fn(user)` once, `after` nanoseconds from now, on another thread. It must be short, wait for
        // nothing but what it emits in a Root of its own, and not throw.
        flowrun_timer* timer(std::int64_t after, flowrun_timer_fn fn, void* user) const noexcept {
            return host_->timer(raw_, after, fn, user);
        }
        // True: it will not be called any more.
        bool cancel(flowrun_timer* timer) const noexcept { return host_->timer_cancel(timer) == 1; }

        // A table by string id; null when this runner has none of that id.
        template <class Table>
        const Table* extension(const char* id) const noexcept {
            return static_cast<const Table*>(host_->extension(id));
        }

    private:
        const flowrun_host* host_;
        flowrun_node* raw_;
    };

}  // namespace sdk
}  // namespace flowrun
#endif

#pragma once
// Marks that a thread is in a plugin's code, in a function that is no call for a message: of those the call stack knows. Read by
// signal handlers of the same thread.

namespace flowrun::component {

class InPlugin {
public:
    // Both outlive it. `node`: empty where it is asked about before there is one.
    InPlugin(const char* of, const char* by) noexcept : plugin(of), node(by), outer_(now_) { now_ = this; }
    ~InPlugin() { now_ = outer_; }
    InPlugin(const InPlugin&) = delete;
    InPlugin& operator=(const InPlugin&) = delete;

    // The innermost of this thread; nullptr: it is in none.
    static const InPlugin* now() { return now_; }

    const char* const plugin;
    const char* const node;

private:
    static thread_local constinit const InPlugin* now_;
    const InPlugin* const outer_;
};

}  // namespace flowrun::component

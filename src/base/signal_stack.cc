#include "base/signal_stack.hh"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <new>

namespace flowrun {

SignalStack::SignalStack() {
    stack_t now{};
    if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
    const auto least = static_cast<std::size_t>(std::max(::sysconf(_SC_SIGSTKSZ), 16L << 10));
    memory_.reset(new (std::nothrow) char[least]);
    if (!memory_) return;
    stack_t own{};
    own.ss_sp = memory_.get();
    own.ss_size = least;
    if (::sigaltstack(&own, nullptr) != 0) memory_.reset();
}

SignalStack::~SignalStack() {
    if (!memory_) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
}

}  // namespace flowrun

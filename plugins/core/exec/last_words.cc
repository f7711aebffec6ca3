#include "last_words.hh"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

namespace flowrun::core::exec {

namespace {

std::terminate_handler before = nullptr;

// Allocates nothing.
[[noreturn]] void terminated() {
    try {
        if (auto thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        constexpr std::string_view line = "flowrun: out of memory in exec: the run ends here, without its account\n";
        constexpr int unavailable = 69;
        static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
        ::_exit(unavailable);
    } catch (...) {
        // Anything else is a bug: its text and a core, as ever.
    }
    if (before != nullptr) before();
    std::abort();
}

}  // namespace

void have_last_words() {
    static const bool once = [] { return before = std::set_terminate(terminated), true; }();
    static_cast<void>(once);
}

}  // namespace flowrun::core::exec

#pragma once
// Which component's code the calling thread is in: for those who tell why the process ends. May be called in a signal handler.

#include <cstdint>
#include <string_view>

namespace flowrun::engine {

struct Whereabouts {
    std::string_view node, plugin;  // empty: in none
    std::string_view message;       // its id, where it has one of its own
    std::uint64_t number = 0;       // of the message; 0: in a call that is for none, or it is not known
};

Whereabouts whereabouts();

}  // namespace flowrun::engine

#pragma once
// What the run says to people while it runs. The command layer prints it. Any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hh"

namespace flowrun::engine {

enum class Level : std::uint8_t { debug, info, warn, error };

struct Failure {
    std::string where;    // the edge `a ~> b`, or the node of a source
    std::string message;  // its id
    const Error& error;
};

class Reporter {
public:
    virtual ~Reporter() = default;
    // A failure that nobody claimed.
    virtual void failed(const Failure& failure) = 0;
    virtual void log(std::string_view node, Level level, std::string_view text) = 0;
    // Something about the run itself: a stall, an abandoned handler, messages left behind.
    virtual void notice(Level level, std::string_view text) = 0;
};

}  // namespace flowrun::engine

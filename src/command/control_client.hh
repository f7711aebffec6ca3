#pragma once
// Asks the runs of this user, through their control sockets.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "command/control_line.hh"
#include "value/value.hh"

namespace flowrun::command {

class ControlClient {
public:
    // Connects to the first run whose answer to `question` is what `is_meant` wants; nothing: there is none that answers.
    static std::optional<ControlClient> find(std::string_view question,
                                             const std::function<bool(const value::Node& answer)>& is_meant);
    // nullptr: it went away.
    value::Value ask(std::string_view request) const;

private:
    value::Value ask(std::string_view request, Duration most) const;
    explicit ControlClient(Descriptor connection) : connection_(std::move(connection)) {}
    Descriptor connection_;
};

}  // namespace flowrun::command

#pragma once
// What a command writes to stderr, line by line in the run's own log.

#include <flowrun/component.hh>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "tail.hh"

namespace flowrun::core::exec {

class StderrLog {
public:
    explicit StderrLog(sdk::Node node) : node_(node) {}

    // A line that is very long is told in pieces.
    void append(std::string_view text) {
        for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
            line_.append(text.substr(0, end));
            tell();
            text.remove_prefix(end + 1);
        }
        line_.append(text);
        if (line_.size() >= longest) tell();
    }
    void end() {
        if (!line_.empty()) tell();
    }

private:
    static constexpr std::size_t longest = 4096;

    void tell() { node_.log(sdk::Level::info, utf8_of(std::exchange(line_, {}))); }

    sdk::Node node_;
    std::string line_;
};

}  // namespace flowrun::core::exec

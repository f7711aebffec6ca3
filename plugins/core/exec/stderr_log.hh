#pragma once
// What a command writes to stderr, line by line in the run's own log.

#include <flowrun/component.hh>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "formats/masked.hh"
#include "formats/shorten.hh"
#include "tail.hh"

namespace flowrun::core::exec {

class StderrLog {
public:
    StderrLog(sdk::Node node, const flowrun_secrets* secrets) : node_(node), secrets_(secrets) {}

    // A line that is very long is told in pieces.
    void append(std::string_view text) {
        for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
            line_.append(text.substr(0, end));
            tell();
            text.remove_prefix(end + 1);
        }
        line_.append(text);
        if (line_.size() >= 2 * longest) tell_piece();
    }
    void end() {
        if (!line_.empty()) tell();
    }

private:
    static constexpr std::size_t longest = 4096;

    // What is left is no shorter than a secret that the cut would go through.
    void tell_piece() {
        std::string text = formats::masked(secrets_, line_);
        line_ = text.substr(std::min(text.size(), longest));
        text.resize(std::min(text.size(), longest));
        log(text);
    }
    void tell() { log(formats::masked(secrets_, std::exchange(line_, {}))); }
    // What is longer the host would cut.
    void log(const std::string& line) {
        const std::string all = utf8_of(line);
        for (std::string_view text = all;;) {
            const std::string_view piece = formats::shorten(text, longest);
            node_.log(sdk::Level::info, piece);
            text.remove_prefix(piece.size());
            if (text.empty()) return;
        }
    }

    sdk::Node node_;
    const flowrun_secrets* secrets_;
    std::string line_;
};

}  // namespace flowrun::core::exec

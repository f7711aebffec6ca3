#pragma once
// Follows all files that patterns name, those that are there and those that come. A file that is renamed or deleted is
// read on until nobody has written to it for a while: its writer learns of it later than we do.

#include <flowrun/component.hh>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "followed.hh"
#include "formats/format.hh"
#include "pattern.hh"
#include "watch.hh"

namespace flowrun::file {

class Follow {
public:
    struct Way {
        bool told = false;        // records leave as {path, line, offset, value}
        bool from_end = false;    // in the files of the beginning
        bool packed_too = false;  // also what is called .gz or .zst: else a rotation has compressed it, it is not new
    };
    Follow(sdk::Node node, const formats::Format& format, const std::vector<Pattern>& patterns, Way way)
        : node_(node), format_(format), patterns_(patterns), way_(way) {}

    // Until it is stopped.
    sdk::Status run(sdk::Call call);

private:
    void look(sdk::Call call);
    void missing(sdk::Call call, const std::string& path, int error);
    void take(sdk::Call call, const std::string& path);
    bool turns(sdk::Call call);
    void drop_the_gone(sdk::Call call);
    void drop(std::size_t which);
    sdk::Status wait(sdk::Call call);
    bool news(const std::string& path, std::string_view text);
    void raise(sdk::Call call, const std::string& path, const sdk::Failure& failure);

    sdk::Node node_;
    const formats::Format& format_;
    const std::vector<Pattern>& patterns_;
    Way way_;
    Watch watch_;
    std::vector<std::unique_ptr<Followed>> files_;  // in the order in which they came
    std::map<std::string, std::string> said_;       // the last that was said of a path that cannot be followed
    bool names_changed_ = true;
    bool unsure_ = false;  // a path is missing, or a folder cannot be watched
};

}  // namespace flowrun::file

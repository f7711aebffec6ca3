#pragma once
// Follows all files that patterns name, those that are there and those that come. A file that is renamed or deleted is
// read on until nobody has written to it for a while: its writer learns of it later than we do. Files of different paths
// have their turns; of the same path the one that came first is read first.

#include <flowrun/component.hh>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "finder.hh"
#include "followed.hh"
#include "formats/format.hh"
#include "pattern.hh"
#include "state.hh"

namespace flowrun::file {

// It must stand as long as its node does.
class Follow {
public:
    struct Way {
        bool told = false;        // records leave as {path, line, offset, value}
        bool from_end = false;    // in the files of the beginning
        bool packed_too = false;  // also what is called .gz or .zst: else a rotation has compressed it, it is not new
        bool once = false;        // what is there now, and no more
        bool may_miss = true;     // a path of which there is no file is no failure
    };
    // `state`: where reading stands is kept in; null: it is not kept.
    Follow(sdk::Node node, sdk::Window& window, const formats::Format& format, const std::vector<Pattern>& patterns,
           Way way, std::unique_ptr<State> state = nullptr)
        : node_(node), window_(window), format_(format), patterns_(patterns), way_(way), state_(std::move(state)),
          finder_(patterns, way.packed_too) {}

    // Until it is stopped: that is its end, but where it reads once.
    sdk::Status run(sdk::Call call);

private:
    sdk::Status read(sdk::Call call);
    void meet(sdk::Call call);
    void recall(sdk::Call call, const Finder::News& news);
    void go_on(Followed& file);
    void save(sdk::Call call, bool at_once);
    void take(sdk::Call call, Finder::Found found);
    void missing(sdk::Call call, const std::string& path, int error);
    bool turns(sdk::Call call);
    void drop_the_gone(sdk::Call call);
    void drop(std::size_t which, bool failed);
    void finish(sdk::Call call, Followed& file);
    void finish_the_gone(sdk::Call call);
    sdk::Status wait(sdk::Call call);
    bool news(const std::string& path, std::string_view text);
    void raise(sdk::Call call, const std::string& path, const sdk::Failure& failure);
    static void tick(void* user);

    sdk::Node node_;
    sdk::Window& window_;  // of all files: in the order in which they are read
    const formats::Format& format_;
    const std::vector<Pattern>& patterns_;
    Way way_;
    std::unique_ptr<State> state_;
    std::int64_t save_at_ = 0;
    bool recalled_ = false;
    Finder finder_;
    std::vector<std::unique_ptr<Followed>> files_;  // in the order in which they came
    std::map<std::string, std::string> said_;       // the last that was said of a path that cannot be followed
};

}  // namespace flowrun::file

#pragma once
// The files that a node writes, by path, of which a bounded number is open: the one that was written to longest ago is
// closed for another. Of a file that is appended to nothing is kept then; of the others a few hundred bytes.

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

#include "target.hh"

namespace flowrun::file {

class Targets {
public:
    // `most`: how many files there may be of those that are kept until the end.
    Targets(const Manner& manner, std::size_t most_open, std::size_t most)
        : manner_(manner), most_open_(most_open), most_(most) {}

    // The one that must be put away before `path` can be opened; null: there is room, or it is open.
    Target* in_the_way(const std::string& path);
    // Closes that one, whose part has ended and is flushed. 0, or errno.
    int put_away();
    // The file of that path, opened where it is not. Throws sdk::Failure.
    Target& at(const std::string& path);

    struct Named {
        Named(const Manner& manner, const std::string& path, off_t whole) : name(path), target(manner, path, whole) {}
        std::string name;  // as it was asked for
        Target target;
    };
    std::list<Named>& all() { return targets_; }

private:
    std::list<Named>::iterator last_open();

    const Manner& manner_;
    std::size_t most_open_, most_;
    std::size_t open_ = 0;
    std::list<Named> targets_;  // the last used first; those that are open before all others
    std::unordered_map<std::string, std::list<Named>::iterator> places_;
    std::unordered_map<std::string, off_t> whole_;  // of compressed files that were put away: their size then
};

}  // namespace flowrun::file

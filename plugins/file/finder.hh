#pragma once
// Finds the files that patterns name, those that are there and those that come, opens them, and knows which of them have such
// a name no more. A file that was renamed before anybody looked is found by the events of its renames.
//
// Whoever reads the files may be held up for long: meanwhile a timer lets the finder look (`tick`). Any thread.

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "handle.hh"
#include "pattern.hh"
#include "watch.hh"

namespace flowrun::file {

class Finder {
public:
    using Id = std::pair<dev_t, ino_t>;
    struct Found {
        Handle file;
        std::string path;  // by which it was meant, whatever it is called by now
        Id id = {};
        int watch = -1;      // -1: nothing tells when it grows
        bool first = false;  // it was there when the finder first looked
    };
    struct News {
        std::vector<Found> found;
        std::map<std::string, int> troubles;  // paths that could not be opened, and errno
    };

    // `packed_too`: also what is called .gz or .zst, which else is taken for what a rotation has made.
    Finder(const std::vector<Pattern>& patterns, bool packed_too) : patterns_(patterns), packed_too_(packed_too) {}

    // Looks where names may have changed, or it is time to, or `anyway`.
    void look(std::int64_t now, bool anyway = false);
    News take();
    bool has_name(Id id);
    // The file is read no more; it may be found again. `soon`: it is looked for before long.
    void forget(Id id, int watch, bool soon);

    // The reader begins to be busy. True: let `tick` be called after a while, and again as long as that is true.
    bool resume();
    bool tick(std::int64_t now);
    // The reader is about to wait for fd(), or for the next look. False: something has come to pass meanwhile.
    bool pause();
    int fd() const { return watch_.fd(); }  // -1: nothing tells of changes
    bool unsure();                          // something is to be looked for that nothing tells of

private:
    static constexpr std::int64_t second = 1'000'000'000;

    struct Renamed {
        std::string now, first;
        std::optional<Id> id = {};  // once it was seen
    };
    bool hear();
    void follow(const Watch::News::Move& move);
    void look_locked(std::int64_t now, bool anyway);
    void scan();
    std::optional<Id> see(const std::string& path, const std::string& first);
    void put_in_order(std::size_t from);
    void trouble(const std::string& path, int error);

    const std::vector<Pattern>& patterns_;
    const bool packed_too_;
    std::mutex mutex_;  // guards the rest
    Watch watch_;
    std::map<Id, bool> known_;      // those that were found and not forgotten; whether they have a name
    std::vector<Renamed> renamed_;  // what had a name that is meant, in the order in which it lost it
    News news_;
    std::int64_t next_look_ = 0;
    bool first_ = true, unsure_ = false;
    bool busy_ = false, ticking_ = false;
    bool stirred_ = false;  // there were events
};

}  // namespace flowrun::file

#pragma once
// How far files have been read, kept in a file from one run to the next. A file is known by its device, its number there and
// its beginning, not by its name, which a rotation changes.
//
// What is saved is there whole or not at all, and on the disk: another file takes the name of the one before. It has one
// owner at a time: its lock is that of the file which has the name.

#include <flowrun/component.hh>

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "handle.hh"

namespace flowrun::file {

// The first bytes of a file, as a number.
struct Beginning {
    static constexpr std::uint64_t longest = 1024;
    std::uint64_t size = 0, hash = 0xcbf29ce484222325U;  // FNV-1a

    // Of the first `size` bytes, or fewer where it has no more.
    static Beginning of(int fd, std::uint64_t size);
    bool operator==(const Beginning&) const = default;
};

class State {
public:
    using Id = std::pair<dev_t, ino_t>;
    struct Place {
        std::string path = {};     // by which the file was meant
        std::uint64_t offset = 0;  // up to where it has been dealt with
        std::uint64_t line = 1;    // which begins there
        Beginning beginning = {};
        bool operator==(const Place&) const = default;
    };

    // Opens it, or makes it, and reads it. Throws sdk::Failure where somebody else has it, or it is no such file.
    State(const flowrun_values* values, std::string path);

    const std::string& path() const { return path_; }
    // Whether the path is its own: a pattern may match it.
    bool is_at(const std::string& path) const;
    // Where reading of this file stood. Nothing: that is not known, or it is another file by now or was cut short, which
    // `why` tells then.
    std::optional<Place> find(Id id, int fd, std::string& why) const;
    const std::map<Id, Place>& places() const { return places_; }
    void put(Id id, Place place);
    void remove(Id id) { changed_ = places_.erase(id) != 0 || changed_; }
    // Throws sdk::Failure, and what was saved before is still there.
    void save();
    bool changed() const { return changed_; }  // since it was saved

private:
    void open();
    void read();
    void write(int fd) const;
    [[noreturn]] void refuse(const std::string& why) const;

    const flowrun_values* values_;
    std::string path_;
    Handle file_;  // that which has the name; locked
    std::map<Id, Place> places_;
    bool changed_ = false;
};

// The file of this number in the folder of `path`, whatever it is called. Empty: it is not there.
Handle found_beside(const std::string& path, State::Id id);

}  // namespace flowrun::file

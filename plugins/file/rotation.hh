#pragma once
// When a file that is appended to has had enough, and how it makes room: FILE becomes FILE.1, what was FILE.1 becomes FILE.2
// and so on, and the oldest goes. Nothing that was written is lost where a step fails or the process is killed.

#include <flowrun/component.hh>

#include <cstdint>
#include <optional>
#include <string>

#include "compression.hh"
#include "target.hh"

namespace flowrun::file {

struct Rotation {
    std::uint64_t size = 0;      // bytes; 0: no limit, as of the others
    std::uint64_t messages = 0;  // of this run
    std::int64_t every = 0;      // nanoseconds
    unsigned keep = 10;
    Compression compress = Compression::none;  // of what was written

    explicit operator bool() const { return size != 0 || messages != 0 || every != 0; }
    bool is_due(Target& target, std::int64_t now) const;
    // Throws sdk::Failure, and the file has kept its name, where that cannot be changed. What cannot be compressed stays as
    // it is until the next time: that failure is returned.
    std::optional<sdk::Failure> make_room(const Manner& manner, const std::string& path) const;
};

// Of the setting `rotate`. Throws sdk::Failure for what does not go together. `fixed`: the path is the same for all messages.
Rotation rotation_of(sdk::Value settings, bool fixed);

}  // namespace flowrun::file

#pragma once
// A flow must not read what it appends to a file: it would never come to the end of that. Of each file this process knows
// whether it is being read and whether it is being appended to, and refuses the second of both.

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <utility>

namespace flowrun::file {

class OwnOutput {
public:
    enum class Use : std::uint8_t { reads, appends };

    OwnOutput() = default;
    // Throws sdk::Failure where the file behind `fd` has the other use, or is appended to and is the standard input. Files
    // that are not regular are none of this.
    OwnOutput(Use use, int fd, const std::string& path);
    OwnOutput(OwnOutput&& other) noexcept
        : id_(other.id_), use_(other.use_), held_(std::exchange(other.held_, false)) {}
    OwnOutput& operator=(OwnOutput&& other) noexcept {
        std::swap(id_, other.id_);
        std::swap(use_, other.use_);
        std::swap(held_, other.held_);
        return *this;
    }
    OwnOutput(const OwnOutput&) = delete;
    OwnOutput& operator=(const OwnOutput&) = delete;
    ~OwnOutput();

private:
    std::pair<dev_t, ino_t> id_ = {};
    Use use_ = Use::reads;
    bool held_ = false;
};

}  // namespace flowrun::file

#pragma once
// That this process writes a file. Whoever replaces, makes or compresses one must be alone: of two that replace it the one
// would undo what the other did, and two compressed streams in one file are none. Lines may be appended by several.

#include <string>
#include <utility>

#include "folder.hh"

namespace flowrun::file {

class Claim {
public:
    Claim() = default;
    // Throws sdk::Failure when another node, or another instance of this one, writes it, and one of them must be alone.
    Claim(const Folder& folder, const std::string& path, bool alone);
    Claim(Claim&& other) noexcept : key_(std::move(other.key_)) { other.key_.clear(); }
    Claim& operator=(Claim&& other) noexcept {
        std::swap(key_, other.key_);
        return *this;
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();

    bool is_shared() const;  // others of this process write it as well

private:
    std::string key_;  // the folder's device and number, and the name; empty: none
};

// The names that a rotation gives: `path`.1 and so on up to `keep`, with `end` behind. They are claimed as one that is written alone
// is. Throws sdk::Failure where another node has one of them.
class RotationClaim {
public:
    RotationClaim(const Folder& folder, const std::string& path, unsigned keep, std::string end);
    RotationClaim(const RotationClaim&) = delete;
    RotationClaim& operator=(const RotationClaim&) = delete;
    ~RotationClaim();

private:
    std::string key_;  // empty: none
};

}  // namespace flowrun::file

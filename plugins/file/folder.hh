#pragma once
// Where paths to write begin: the current folder, or a root that no path leaves, neither by .. nor by a link.
//
// The kernel holds the root (openat2), so that nobody can change a link between a look and a use. A kernel without it
// refuses everything.

#include <fcntl.h>
#include <sys/types.h>

#include <string>

#include "handle.hh"

namespace flowrun::file {

class Folder {
public:
    // The current folder, and absolute paths.
    Folder() = default;
    // Throws std::system_error when it cannot be opened.
    explicit Folder(const std::string& root);

    bool is_root() const { return static_cast<bool>(root_); }
    // No handle: see errno; EXDEV says that the path leaves the root.
    Handle open(const std::string& path, int flags, mode_t mode = 0) const;
    // The folder that holds `path`, for the functions that end in `at`; made, and those above it, where `make` says so.
    Handle parent(const std::string& path, bool make) const;

private:
    int base() const { return root_ ? root_.get() : AT_FDCWD; }
    Handle make(const std::string& folder) const;

    Handle root_;
};

// The part of a path behind its last slash.
std::string name_in(const std::string& path);

}  // namespace flowrun::file

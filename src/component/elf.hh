#pragma once
// Whether a file can be given to dlopen. A truncated object would kill the process with SIGBUS inside the loader, so its
// headers are held against the file's size first.

#include <expected>
#include <string>

namespace flowrun::component {

struct Unloadable {
    std::string what;      // to stand after the file's name
    bool passing = false;  // for want of memory or descriptors
};
std::expected<void, Unloadable> loadable(const std::string& path);

// Whether a call failed with this for want of what other times there is.
bool is_shortage(int error);

}  // namespace flowrun::component

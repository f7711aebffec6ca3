#pragma once
// Whether a file can be given to dlopen. A truncated object would kill the process with SIGBUS inside the loader, so its
// headers are held against the file's size first.

#include <expected>
#include <string>

namespace flowrun::component {

// The error says what is wrong, to stand after the file's name.
std::expected<void, std::string> loadable(const std::string& path);

}  // namespace flowrun::component

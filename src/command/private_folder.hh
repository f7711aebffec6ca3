#pragma once
// Folders that are this user's alone, for what processes of one user share: locks, control sockets.

#include <expected>
#include <string>
#include <vector>

namespace flowrun::command {

// On this machine, the same from cron, a terminal or a service: it does not depend on the environment. Made when it is not
// there. The error is a message.
std::expected<std::string, std::string> private_folder();

// Where the sockets of runs are made: $XDG_RUNTIME_DIR/flowrun, else the folder above.
std::expected<std::string, std::string> runtime_folder();
// All the folders in which they may be: a run from cron has another environment. Those alone that are there and safe.
std::vector<std::string> runtime_folders();

}  // namespace flowrun::command

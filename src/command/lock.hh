#pragma once
// One run at a time: a lock that the kernel lets go when its process ends, however it ends. The file holds the process id
// for people to read; it is never what decides.

#include <expected>
#include <string>

#include "base/world.hh"

namespace flowrun::command {

class Lock {
public:
    struct Refusal {
        bool taken = false;   // by another run; else the file could not be used
        std::string message;  // names the holder's pid and the file
    };

    // Waits up to `wait` for a holder to end. `path` is made when it is not there.
    static std::expected<Lock, Refusal> take(World& world, const std::string& path, Duration wait);

    // Where the lock of a flow is when nothing else is said: a file named after the flow's real path in a folder that is
    // this user's alone, made when it is not there. The same from cron, a terminal or a service: it does not depend on
    // the environment. The error is a message.
    static std::expected<std::string, std::string> path_for(const std::string& flow_file);

    Lock(Lock&& other) noexcept;
    Lock& operator=(Lock&&) = delete;
    ~Lock();

private:
    explicit Lock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
    bool held_ = false;
};

}  // namespace flowrun::command

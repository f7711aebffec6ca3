#pragma once
// The way into a run: a Unix socket in a folder of this user alone, by the run's process id, on which other processes of flowrun
// ask it to do something. One connection at a time; each may ask many times.

#include <functional>
#include <memory>
#include <string>

#include "base/world.hh"
#include "command/control_line.hh"
#include "value/node.hh"

namespace flowrun::command {

class ControlSocket {
public:
    // On the socket's own thread. The request is a JSON object, and so is the answer, in one line.
    using Answer = std::function<std::string(const value::Node& request)>;
    // nullptr: there can be none, for want of a folder, a descriptor, a thread. The run goes on without.
    static std::unique_ptr<ControlSocket> listen(World& world, Answer answer);
    ~ControlSocket();  // a request in progress is answered first
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

private:
    ControlSocket(std::string path, Descriptor listening, Descriptor ending, Answer answer)
        : path_(std::move(path)), listening_(std::move(listening)), ending_(std::move(ending)),
          answer_(std::move(answer)) {}
    void serve();
    void serve(int connection);
    bool wait_for(int socket) const;

    const std::string path_;
    const Descriptor listening_, ending_;
    const Answer answer_;
    World::Thread thread_;
};

}  // namespace flowrun::command

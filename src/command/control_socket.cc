#include "command/control_socket.hh"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "command/private_folder.hh"
#include "value/json.hh"

namespace flowrun::command {
namespace {

// Of who is connected and says nothing, or does not read.
constexpr Duration patience = 5 * second;

Descriptor listening_at(const std::string& path) {
    const auto address = address_of(path);
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!address || socket.get() < 0) return Descriptor();
    ::unlink(path.c_str());  // of a process of the same number that was killed
    const auto* const at = reinterpret_cast<const sockaddr*>(&*address);
    const bool bound = ::bind(socket.get(), at, sizeof *address) == 0 && ::chmod(path.c_str(), 0600) == 0;
    if (!bound || ::listen(socket.get(), 16) != 0) return Descriptor();
    return socket;
}

}  // namespace

std::unique_ptr<ControlSocket> ControlSocket::listen(World& world, Answer answer) {
    const auto folder = runtime_folder();
    if (!folder) return nullptr;
    std::string path = fmt::format("{}/{}.control", *folder, ::getpid());
    Descriptor listening = listening_at(path), ending(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (listening.get() < 0 || ending.get() < 0) return nullptr;
    std::unique_ptr<ControlSocket> made(
        new ControlSocket(std::move(path), std::move(listening), std::move(ending), std::move(answer)));
    made->thread_ = world.start("control", [socket = made.get()] { socket->serve(); });
    if (!made->thread_) return nullptr;
    return made;
}

ControlSocket::~ControlSocket() {
    (void)::eventfd_write(ending_.get(), 1);
    thread_.join();
    ::unlink(path_.c_str());
}

// False: the run ends, or nobody says anything.
bool ControlSocket::wait_for(int socket) const {
    pollfd both[] = {{socket, POLLIN, 0}, {ending_.get(), POLLIN, 0}};
    const int most = socket == listening_.get() ? -1 : static_cast<int>(patience / millisecond);
    int n = 0;
    do n = ::poll(both, 2, most);
    while (n < 0 && errno == EINTR);
    return n > 0 && both[1].revents == 0;
}

void ControlSocket::serve() {
    while (wait_for(listening_.get())) {
        const Descriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (connection.get() >= 0 && is_trusted(connection.get())) serve(connection.get());
    }
}

void ControlSocket::serve(int connection) {
    // Whoever says half a line does not hold up the end of the run.
    while (const auto line = read_line(connection, [&] { return wait_for(connection); })) {
        const auto request = value::parse(*line);
        const bool understood = request && (*request)->is(value::Kind::map);
        const std::string answer = understood ? answer_(**request) : R"({"error":"that is no request"})";
        if (!write_line(connection, answer, patience)) return;
    }
}

}  // namespace flowrun::command

#include "handed_sockets.hh"

#include <flowrun/component.hh>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace flowrun::http {

namespace {

constexpr int first = 3;

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

// -1: it is no number.
long number_in(const char* name) {
    const std::string_view text = variable(name);
    long out = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() ? out : -1;
}

// By descriptor. What is not named is "unknown", as with systemd.
std::vector<std::string> names(long count) {
    std::vector<std::string> out;
    std::string_view left = variable("LISTEN_FDNAMES");
    for (long i = 0; i < count; ++i) {
        const std::string_view name = left.substr(0, left.find(':'));
        left.remove_prefix(name.size() < left.size() ? name.size() + 1 : left.size());
        out.emplace_back(name.empty() ? "unknown" : name);
    }
    return out;
}

[[noreturn]] void refuse(std::string_view name, const std::string& why) {
    throw sdk::Failure(sdk::Status::unavailable, "cannot listen on fd:" + std::string(name) + ": " + why);
}

bool listens(int fd) {
    int yes = 0, kind = 0;
    socklen_t size = sizeof yes;
    const bool is = ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes != 0;
    size = sizeof kind;
    return is && ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_STREAM;
}

}  // namespace

int handed_socket(std::string_view name) {
    constexpr long most = 1024;
    const long count = number_in("LISTEN_PID") == ::getpid() ? number_in("LISTEN_FDS") : 0;
    if (count <= 0 || count > most) refuse(name, "no socket was handed to this process (LISTEN_FDS, LISTEN_PID)");
    const auto all = names(count);
    int found = name.empty() && count == 1 ? first : -1;
    for (std::size_t i = 0; i < all.size() && found < 0; ++i) {
        if (all[i] == name) found = first + static_cast<int>(i);
    }
    if (found < 0) {
        std::string known;
        for (const std::string& one : all) known += (known.empty() ? "" : ", ") + one;
        refuse(name, "the sockets that were handed to this process are " + known);
    }
    // No command that the flow runs is to hold it open.
    (void)::fcntl(found, F_SETFD, FD_CLOEXEC);
    if (!listens(found)) refuse(name, "what was handed over is no socket that listens");
    const int own = ::fcntl(found, F_DUPFD_CLOEXEC, 0);
    if (own < 0) refuse(name, std::strerror(errno));
    return own;
}

}  // namespace flowrun::http

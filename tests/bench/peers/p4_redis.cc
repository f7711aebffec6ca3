// A durable queue by hand on Redis, over its Unix socket: p4_redis SOCKET MESSAGES BATCH. RPUSH puts a batch in, LPOP takes it out;
// with appendfsync always each is answered after it was synced. A list forgets what it gave: a stream, which would not, costs more.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "p4.hh"

namespace {

using bench::body, bench::die;

std::string bulk(std::string_view text) {
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n <= 0) die("write");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

// One line, and `more` bytes after it.
void receive(int fd, char kind, std::size_t more) {
    static std::string got;
    char part[65536];
    std::size_t line = 0;
    while ((line = got.find("\r\n")) == std::string::npos || got.size() < line + 2 + more) {
        const ssize_t n = ::read(fd, part, sizeof part);
        if (n <= 0) die("read");
        got.append(part, static_cast<std::size_t>(n));
        if (got.front() != kind) die(got.c_str());
    }
    got.erase(0, line + 2 + more);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) die("SOCKET MESSAGES BATCH");
    const auto [messages, batch] = bench::numbers(argv + 2);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("cannot connect");
    std::string put = "*" + std::to_string(batch + 2) + "\r\n" + bulk("RPUSH") + bulk("q");
    for (long i = 0; i < batch; ++i) put += bulk(body);
    const std::string take = "*3\r\n" + bulk("LPOP") + bulk("q") + bulk(std::to_string(batch));
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        send_all(fd, put);
        receive(fd, ':', 0);
        send_all(fd, take);
        receive(fd, '*', static_cast<std::size_t>(batch) * bulk(body).size());
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
    ::close(fd);
}

// P8's client: starts a server, asks it over 64 connections, each with one request at a time, and tells how fast it was,
// how long the slowest hundredth waited, and what the server's process used.
//   p8_load SECONDS PORT COMMAND…
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "bench.hh"

namespace {

constexpr int connections = 64;
constexpr const char* document =
    R"({"id":17,"status":"paid","customer":{"name":"Ann Smith","country":"DE","email":"user17@example.com"},)"
    R"("items":[{"sku":"SKU-00017","qty":2,"price":61.5},{"sku":"SKU-00018","qty":1,"price":3.25}],)"
    R"("created_at":"2026-04-16T22:40:55Z"})";

[[noreturn]] void give_up(const char* why) {
    std::fprintf(stderr, "p8_load: %s\n", why);
    std::exit(1);
}

int connected(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0), one = 1;
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) {
        ::close(fd);
        return -1;
    }
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

// The server may need a moment to be there.
int connected_at_last(int port) {
    for (int i = 0; i < 500; ++i) {
        if (const int fd = connected(port); fd >= 0) return fd;
        ::usleep(20'000);
    }
    give_up("the server is not there");
}

struct Client {
    int fd = -1;
    double asked = 0;
    std::string in;
};

// True: a whole response is there, and it is a good one.
bool whole(const std::string& in) {
    const std::size_t head = in.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    if (in.compare(0, 12, "HTTP/1.1 200") != 0) give_up("the server answered something else than 200");
    const std::size_t at = in.find("Content-Length: ");
    if (at == std::string::npos) give_up("the response has no length");
    return in.size() >= head + 4 + std::strtoul(in.c_str() + at + 16, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) give_up("p8_load SECONDS PORT COMMAND...");
    const double seconds = std::atof(argv[1]);
    const int port = std::atoi(argv[2]);
    pid_t server = 0;
    if (posix_spawnp(&server, argv[3], nullptr, nullptr, argv + 3, environ) != 0)
        give_up("the server cannot be started");
    const std::string request =
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(std::strlen(document)) + "\r\n\r\n" + document;
    const int poll = ::epoll_create1(0);
    std::vector<Client> clients(connections);
    for (int i = 0; i < connections; ++i) {
        clients[static_cast<std::size_t>(i)].fd = connected_at_last(port);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u32 = static_cast<std::uint32_t>(i);
        ::epoll_ctl(poll, EPOLL_CTL_ADD, clients[static_cast<std::size_t>(i)].fd, &event);
    }
    std::vector<double> took;
    const auto ask = [&](Client& client, double now) {
        client.asked = now;
        client.in.clear();
        if (::send(client.fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) give_up("the server went away");
    };
    const double begun = bench::now(), end = begun + seconds;
    for (Client& client : clients) ask(client, begun);
    double now = begun;
    while (now < end) {
        epoll_event ready[connections];
        const int count = ::epoll_wait(poll, ready, connections, 1000);
        if (count == 0) give_up("no answer for a second");
        for (int i = 0; i < count; ++i) {
            Client& client = clients[ready[i].data.u32];
            char block[4096];
            const ssize_t n = ::recv(client.fd, block, sizeof block, 0);
            if (n <= 0) give_up("the server closed a connection");
            client.in.append(block, static_cast<std::size_t>(n));
            if (!whole(client.in)) continue;
            now = bench::now();
            took.push_back(now - client.asked);
            ask(client, now);
        }
    }
    const double wall = bench::now() - begun;
    ::kill(server, SIGTERM);
    rusage used{};
    int status = 0;
    if (::wait4(server, &status, 0, &used) != server) give_up("the server did not end");
    const auto time = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    std::sort(took.begin(), took.end());
    bench::report(static_cast<double>(took.size()), wall);
    std::fprintf(stderr, "USED wall=%.6f cpu=%.6f kib=%ld\n", wall, time(used.ru_utime) + time(used.ru_stime),
                 used.ru_maxrss);
    std::fprintf(stderr, "P99 ms=%.3f\n", took[took.size() * 99 / 100] * 1e3);
}

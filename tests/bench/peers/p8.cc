// Beside P8's limit: JSON posted, parsed, written and sent back, on one thread, by hand over epoll and Boost.JSON. It takes
// requests with a Content-Length only, and each in one piece or several.
//   p8 PORT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include <boost/json/src.hpp>

namespace {

void answer(int fd, std::string& in) {
    for (;;) {
        const std::size_t head = in.find("\r\n\r\n");
        if (head == std::string::npos) return;
        const std::size_t at = in.find("Content-Length: ");
        const std::size_t length = at < head ? std::strtoul(in.c_str() + at + 16, nullptr, 10) : 0;
        if (in.size() < head + 4 + length) return;
        const auto document = boost::json::parse(boost::json::string_view(in.data() + head + 4, length));
        const std::string body = boost::json::serialize(document);
        std::string out = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
        out += std::to_string(body.size()) + "\r\n\r\n" + body;
        if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) return;
        in.erase(0, head + 4 + length);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0), poll = ::epoll_create1(0), one = 1;
    (void)::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
    if (::bind(listener, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 || ::listen(listener, 1024) != 0)
        return 1;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listener;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    std::map<int, std::string> clients;
    for (;;) {
        epoll_event ready[128];
        const int count = ::epoll_wait(poll, ready, 128, -1);
        for (int i = 0; i < count; ++i) {
            const int fd = ready[i].data.fd;
            if (fd == listener) {
                const int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
                if (client < 0) continue;
                (void)::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.fd = client;
                ::epoll_ctl(poll, EPOLL_CTL_ADD, client, &event);
                continue;
            }
            char block[16384];
            const ssize_t n = ::recv(fd, block, sizeof block, 0);
            if (n <= 0) {
                clients.erase(fd);
                ::close(fd);
                continue;
            }
            std::string& in = clients[fd];
            in.append(block, static_cast<std::size_t>(n));
            answer(fd, in);
        }
    }
}

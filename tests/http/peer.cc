// A peer that keeps to no rules, for the cases of http.so. What it does is said step by step:
//
//   http-peer serve STEP…        listens on a free port of 127.0.0.1, prints it, and takes each connection through the
//                                steps, once the blank line after a request's header is there; each request line goes
//                                to stderr
//   http-peer send PORT STEP…    connects, takes the steps, and prints what comes back until the other side closes
//   http-peer hand NAMES COMMAND…
//                                opens a listening socket for each of the names (joined by :) and becomes the command,
//                                to which it hands them as systemd does
//
// A step is text to send, in which \r \n \t \0 \\ stand for what they do in C, or one of
//   @wait:MS      waits
//   @until:PATH   waits until there is such a file
//   @touch:PATH   makes such a file
//   @drip:MS:TEXT sends a byte, waits, sends the next
//   @times:N:TEXT sends TEXT N times, or until nobody takes it any more
//   @file:PATH    sends what is in the file
//   @request      serve: reads the next request's header; what is left of the one before is read over
//   @read:TEXT    send: prints what comes until TEXT has come
//   @half         says that nothing more comes, and goes on reading
//   @reset        ends the connection with a reset
//   @hang         waits until the other side closes
// Without a last @… the connection is closed in order after the steps. It never lives longer than five minutes.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr int patience_ms = 120'000;  // of any single wait: a test that hangs ends

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out.push_back(text[i]);
            continue;
        }
        const char c = text[++i];
        out.push_back(c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c);
    }
    return out;
}

// What is left of a body may stand before it.
void tell_request(std::string_view header) {
    const std::size_t end = header.find(" HTTP/1.1\r\n");
    if (end == std::string_view::npos) return;
    const std::size_t line = header.rfind('\n', end) + 1;
    std::fprintf(stderr, "%s\n", std::string(header.substr(line, end - line)).c_str());
}

class Socket {
public:
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), seen_(std::move(other.seen_)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

    bool send(std::string_view data) const {
        while (!data.empty()) {
            const ssize_t n = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            data.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    // What has come, empty at the end.
    std::string receive() const {
        pollfd wanted{fd_, POLLIN, 0};
        char block[65536];
        if (::poll(&wanted, 1, patience_ms) <= 0) return {};
        const ssize_t n = ::recv(fd_, block, sizeof block, 0);
        return n > 0 ? std::string(block, static_cast<std::size_t>(n)) : std::string();
    }
    // False: the other side has closed before.
    bool read_until(std::string_view mark, bool print) {
        std::size_t found = 0;
        while ((found = seen_.find(mark)) == std::string::npos) {
            const std::string more = receive();
            if (more.empty()) return false;
            seen_ += more;
        }
        const std::size_t end = found + mark.size();
        if (print) std::fwrite(seen_.data(), 1, end, stdout);
        else tell_request(seen_.substr(0, end));
        seen_.erase(0, end);
        return true;
    }
    // To the end of the connection.
    void read_rest(bool print) {
        for (std::string more = std::move(seen_);;) {
            if (print) std::fwrite(more.data(), 1, more.size(), stdout);
            more = receive();
            if (more.empty()) return;
        }
    }
    void reset() {
        const linger hard{1, 0};
        (void)::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        ::close(std::exchange(fd_, -1));
    }

private:
    int fd_;
    std::string seen_;
};

void wait_ms(int ms) { (void)::poll(nullptr, 0, ms); }

// False: it has not come in time.
bool wait_for_file(const std::string& path) {
    constexpr int turn_ms = 10;
    for (int waited = 0; waited < patience_ms; waited += turn_ms) {
        if (::access(path.c_str(), F_OK) == 0) return true;
        wait_ms(turn_ms);
    }
    return false;
}

// "NAME:VALUE:REST"
std::pair<std::string_view, std::string_view> cut(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// False: the connection is over.
bool take(Socket& socket, std::string_view step, bool serving) {
    if (step.substr(0, 1) != "@") return socket.send(unescaped(step));
    const auto [name, rest] = cut(step.substr(1));
    const auto [number, text] = cut(rest);
    const int n = std::atoi(std::string(number).c_str());
    if (name == "wait") return wait_ms(n), true;
    if (name == "until") return wait_for_file(std::string(rest));
    if (name == "touch") return std::ofstream(std::string(rest)).good();
    if (name == "request") return socket.read_until("\r\n\r\n", false);
    if (name == "read") return socket.read_until(unescaped(rest), true);
    if (name == "file") return socket.send(content_of(std::string(rest)));
    if (name == "half") return ::shutdown(socket.get(), SHUT_WR) == 0;
    if (name == "reset") return socket.reset(), false;
    if (name == "hang") return socket.read_rest(!serving), false;
    const std::string what = unescaped(text);
    if (name == "times") {
        std::string much;
        int each = 0;
        while (each < n && much.size() < 65536) much += what, ++each;
        for (int sent = 0; sent < n; sent += each) {
            if (!socket.send(
                    std::string_view(much).substr(0, static_cast<std::size_t>(std::min(each, n - sent)) * what.size())))
                return false;
        }
        return true;
    }
    if (name == "drip") {
        for (const char c : what) {
            if (!socket.send({&c, 1})) return false;
            wait_ms(n);
        }
        return true;
    }
    std::fprintf(stderr, "http-peer: no such step: %s\n", std::string(step).c_str());
    std::_Exit(64);
}

sockaddr_in loopback(int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    return at;
}

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "http-peer: %s: %s\n", what, std::strerror(errno));
    std::_Exit(69);
}

int serve(const std::vector<std::string>& steps) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at = loopback(0);
    socklen_t size = sizeof at;
    if (::bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener, 128) != 0)
        give_up("listen");
    if (::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0) give_up("getsockname");
    std::printf("%d\n", ntohs(at.sin_port));
    std::fflush(stdout);
    for (;;) {
        Socket socket(::accept(listener, nullptr, nullptr));
        if (socket.get() < 0) continue;
        std::thread([steps, socket = std::move(socket)]() mutable {
            if (!socket.read_until("\r\n\r\n", false)) return;
            for (const std::string& step : steps) {
                if (!take(socket, step, true)) return;
            }
            (void)::shutdown(socket.get(), SHUT_WR);
            socket.read_rest(false);
        }).detach();
    }
}

int send(int port, const std::vector<std::string>& steps) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in at = loopback(port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) give_up("connect");
    for (const std::string& step : steps) {
        // When the other side takes no more, what it has said is still to be read.
        if (!take(socket, step, false)) break;
    }
    if (socket.get() >= 0) socket.read_rest(true);
    return 0;
}

int hand(const std::string& names, char** command) {
    const auto count = 1 + std::count(names.begin(), names.end(), ':');
    for (int wanted = 3; wanted < 3 + count; ++wanted) {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in at = loopback(0);
        const bool good = ::bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
                          ::listen(listener, 8) == 0 && (listener == wanted || ::dup2(listener, wanted) == wanted);
        if (!good) give_up("hand");
        if (listener != wanted) ::close(listener);
    }
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
    ::execvp(command[0], command);
    give_up(command[0]);
}

}  // namespace

int main(int argc, char** argv) {
    (void)::alarm(300);
    (void)std::setvbuf(stdout, nullptr, _IONBF, 0);  // whoever waits for it reads a file
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() >= 2 && words[0] == "serve") return serve({words.begin() + 1, words.end()});
    if (words.size() >= 3 && words[0] == "send")
        return send(std::atoi(words[1].c_str()), {words.begin() + 2, words.end()});
    if (words.size() >= 3 && words[0] == "hand") return hand(words[1], argv + 3);
    std::fprintf(stderr, "usage: http-peer serve STEP... | http-peer send PORT STEP...\n");
    return 64;
}

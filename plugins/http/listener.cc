#include "listener.hh"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/system_error.hpp>

#include "address.hh"
#include "handed_sockets.hh"

namespace flowrun::http {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;

namespace {

[[noreturn]] void refuse(int error) {
    throw boost::system::system_error(boost::system::error_code(error, boost::system::system_category()));
}

// A socket that a server has left behind when it was killed. Anything else at the path stays, and is in the way.
void remove_stale(const std::string& path) {
    struct stat what{};
    if (::lstat(path.c_str(), &what) != 0) return;
    if (!S_ISSOCK(what.st_mode)) refuse(EEXIST);
    asio::io_context io;
    Local::socket asks(io);
    boost::system::error_code ec;
    (void)asks.connect(Local::endpoint(path), ec);
    if (ec != asio::error::connection_refused) refuse(EADDRINUSE);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) refuse(errno);
}

}  // namespace

Listener::Listener(asio::io_context& io, const ListenSettings& settings) : acceptor_(io) {
    if (!path_of_socket(settings.at).empty()) {
        listen_at_path(settings);
        return;
    }
    if (is_handed_socket(settings.at)) {
        take_over(settings.at);
        return;
    }
    const auto at = address_of(settings.at);
    acceptor_.open(at.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    if (settings.reuse_port) {
        const int yes = 1;
        if (::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0) refuse(errno);
    }
    acceptor_.bind(at);
    acceptor_.listen(asio::socket_base::max_listen_connections);
}

// Its mode is set before it listens: until then nobody can connect.
void Listener::listen_at_path(const ListenSettings& settings) {
    const std::string path(path_of_socket(settings.at));
    remove_stale(path);
    const Local::endpoint at(path);
    acceptor_.open(at.protocol());
    acceptor_.bind(at);
    struct stat what{};
    const bool made = ::chmod(path.c_str(), settings.mode) == 0 && ::lstat(path.c_str(), &what) == 0;
    if (!made) refuse(errno);
    path_ = path;
    device_ = what.st_dev;
    number_ = what.st_ino;
    acceptor_.listen(asio::socket_base::max_listen_connections);
}

void Listener::take_over(std::string_view at) {
    const int fd = handed_socket(at.substr(at.find(':') + 1));
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    boost::system::error_code ec(ENOTSOCK, boost::system::system_category());
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0) {
        (void)acceptor_.assign(Protocol(name.ss_family, 0), fd, ec);
    }
    if (ec) {
        (void)::close(fd);
        throw boost::system::system_error(ec);
    }
    handed_ = at;
}

Listener::~Listener() { close(); }

void Listener::close() {
    boost::system::error_code ignored;
    (void)acceptor_.close(ignored);
    struct stat what{};
    const bool ours =
        !path_.empty() && ::lstat(path_.c_str(), &what) == 0 && what.st_dev == device_ && what.st_ino == number_;
    if (ours) (void)::unlink(path_.c_str());
    path_.clear();
}

std::string Listener::local() const {
    if (!path_.empty()) return "unix:" + path_;
    if (!handed_.empty() && acceptor_.local_endpoint().protocol().family() == AF_UNIX) return handed_;
    return text_of_address(network_of(acceptor_.local_endpoint()));
}

}  // namespace flowrun::http

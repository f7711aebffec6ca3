#include "command/control_client.hh"

#include <dirent.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "command/private_folder.hh"
#include "value/json.hh"

namespace flowrun::command {
namespace {

// A run that changes a store waits for its disk; one that is only asked what it has, and stands still, is passed over.
constexpr Duration patience = 30 * second, short_patience = 5 * second;

std::vector<std::string> sockets() {
    std::vector<std::string> all;
    for (const std::string& folder : runtime_folders()) {
        const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
        while (const dirent* const entry = open ? ::readdir(open.get()) : nullptr) {
            const std::string_view name = entry->d_name;
            if (name.ends_with(".control")) all.push_back(folder + "/" + std::string(name));
        }
    }
    return all;
}

Descriptor connected_to(const std::string& path) {
    const auto address = address_of(path);
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!address || socket.get() < 0) return Descriptor();
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0) {
        return is_trusted(socket.get()) ? std::move(socket) : Descriptor();
    }
    // Its run was killed.
    if (errno == ECONNREFUSED) ::unlink(path.c_str());
    return Descriptor();
}

}  // namespace

std::optional<ControlClient> ControlClient::find(std::string_view question,
                                                 const std::function<bool(const value::Node& answer)>& is_meant) {
    for (const std::string& path : sockets()) {
        ControlClient client(connected_to(path));
        if (client.connection_.get() < 0) continue;
        const value::Value answer = client.ask(question, short_patience);
        if (answer && is_meant(*answer)) return client;
    }
    return std::nullopt;
}

value::Value ControlClient::ask(std::string_view request) const { return ask(request, patience); }

value::Value ControlClient::ask(std::string_view request, Duration most) const {
    if (!write_line(connection_.get(), request, most)) return {};
    const auto line = read_line(connection_.get(), [&] { return wait_to_read(connection_.get(), most); });
    if (!line) return {};
    auto answer = value::parse(*line);
    return answer ? std::move(*answer) : value::Value();
}

}  // namespace flowrun::command

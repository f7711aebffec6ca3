#pragma once
// The sockets that whoever started the process has opened for it, as systemd does (sd_listen_fds(3)).

#include <string>
#include <string_view>

namespace flowrun::http {

// A descriptor of its own of the socket that goes by that name in LISTEN_FDNAMES, or of the only one, where `name` is
// empty. Throws sdk::Failure (unavailable): there is none, or it is not one that listens.
int handed_socket(std::string_view name);

}  // namespace flowrun::http

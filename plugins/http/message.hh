#pragma once
// The message that a request becomes.

#include <string_view>

#include "inbound.hh"
#include "server_settings.hh"

namespace flowrun::http {

// {method, path, query, target, client, headers, body}. `client` is the address that it came from. Borrowed from the
// builder. Throws Failure (invalid): the body is not the JSON that it says it is.
sdk::Value message_of(const Inbound& request, std::string_view client, const ServerSettings& settings,
                      const flowrun_values* table, sdk::Builder& builder);

}  // namespace flowrun::http

#pragma once
// The setting `url` of the components.

#include <flowrun/component.hh>

#include <optional>

#include "server.hh"

namespace flowrun::amqp {

// Throws sdk::Failure (invalid).
Server server_in(sdk::Value settings);
std::optional<sdk::Mistake> mistake_in_url(sdk::Value settings);

}  // namespace flowrun::amqp

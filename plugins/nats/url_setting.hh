#pragma once
// The setting `url` of the components.

#include <flowrun/component.hh>

#include <optional>

#include "broker/url.hh"

namespace flowrun::nats {

// Throws sdk::Failure (invalid).
broker::Url url_in(sdk::Value settings);
std::optional<sdk::Mistake> mistake_in_url(sdk::Value settings);

}  // namespace flowrun::nats

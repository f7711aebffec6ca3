#pragma once
// The setting `url` of the components.

#include <flowrun/component.hh>

#include <optional>

#include "place.hh"

namespace flowrun::sqs {

// Throws sdk::Failure (invalid).
Place place_in(sdk::Value settings);
std::optional<sdk::Mistake> mistake_in_url(sdk::Value settings);

}  // namespace flowrun::sqs

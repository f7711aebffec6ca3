#pragma once
// Bodies and attributes as values, for the components.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/body.hh"
#include "broker/json.hh"
#include "letter.hh"

namespace flowrun::sqs {

// Throw sdk::Failure (invalid): the body is not what it is to be read as.
// automatic: JSON where it is an object or a list, else text; bytes where it is not UTF-8. {body, attributes, id, deliveries, sent, group}: of the last what there is. Numbers are numbers, binary is bytes.
void build_message(sdk::Build& build, const broker::Json& given, broker::Format format);

// A body: a string or bytes as they are, any other value as JSON; and attributes: names and values, of which null is left out.
// Throws sdk::Failure (invalid) where there are too many.
Entry plain_entry(sdk::Value body, const std::vector<std::pair<std::string, sdk::Value>>& attributes, const Way& way);

}  // namespace flowrun::sqs

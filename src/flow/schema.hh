#pragma once
// The JSON Schema in a component's description (flowrun/component.h), read.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "flow/setting.hh"

namespace flowrun::flow {

// The settings that a schema declares, numbered from 0 in written order. nullptr or empty text: none. The error says
// what is wrong with the schema ("settings: property 'every': unknown type 'strnig'"); it is the component's bug.
std::expected<std::vector<Setting>, std::string> settings_of(std::string_view schema);

}  // namespace flowrun::flow

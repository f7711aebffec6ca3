#pragma once
// A component's description, from the tables of the ABI to the language layer's ComponentInfo.

#include <expected>
#include <string>
#include <string_view>

#include <flowrun/component.h>

#include "flow/catalog.hh"
#include "value/node.hh"

namespace flowrun::component {

// The error names what is wrong with the description; it is the component's bug.
std::expected<flow::ComponentInfo, std::string> describe(const flowrun_component& component, std::string plugin);

// Ports from their JSON shape: {"in": {name: doc}, "out": {name: doc}}.
std::expected<flow::Ports, std::string> ports_of(const value::Node& described, bool source);

}  // namespace flowrun::component

#include "component/description.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "flow/scalar.hh"
#include "flow/schema.hh"
#include "value/json.hh"

namespace flowrun::component {
namespace {

using flow::PortInfo;
using flow::Ports;
using value::Kind;
using value::Node;

std::string text_or_empty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

std::expected<std::vector<PortInfo>, std::string> side(const Node& described, std::string_view which) {
    std::vector<PortInfo> ports;
    const Node* named = described.member(which);
    if (named == nullptr) return ports;
    if (!named->is(Kind::map)) return std::unexpected(fmt::format("ports: '{}' is not a map", which));
    for (auto [key, doc] : value::entries(*named)) {
        std::string name(key.bytes_view());
        if (!flow::is_name(name)) return std::unexpected(fmt::format("ports: '{}' is not a port's name", name));
        if (name == "error") return std::unexpected("ports: 'error' is the runner's own");
        auto same = [&](const PortInfo& p) { return p.name == name; };
        if (std::any_of(ports.begin(), ports.end(), same)) {
            return std::unexpected(fmt::format("ports: two are called '{}'", name));
        }
        ports.push_back({std::move(name), std::string(doc.as_string().value_or(""))});
    }
    return ports;
}

std::expected<Ports, std::string> static_ports(const flowrun_component& component, bool source) {
    if (component.ports == nullptr) {
        Ports ports;
        if (!source) ports.inputs.push_back({"in", ""});
        ports.outputs.push_back({"out", ""});
        return ports;
    }
    auto read = value::parse(component.ports);
    if (!read) return std::unexpected(fmt::format("ports: {} at byte {}", read.error().message, read.error().offset));
    return ports_of(**read, source);
}

}  // namespace

std::expected<Ports, std::string> ports_of(const Node& described, bool source) {
    if (!described.is(Kind::map)) return std::unexpected("ports: not a map");
    for (auto [key, unused] : value::entries(described)) {
        std::string_view name = key.bytes_view();
        if (name != "in" && name != "out") return std::unexpected(fmt::format("ports: unknown key '{}'", name));
    }
    Ports ports;
    auto inputs = side(described, "in");
    if (!inputs) return std::unexpected(inputs.error());
    auto outputs = side(described, "out");
    if (!outputs) return std::unexpected(outputs.error());
    ports.inputs = std::move(*inputs);
    ports.outputs = std::move(*outputs);
    if (source && !ports.inputs.empty()) return std::unexpected("ports: a source has no input");
    if (!source && ports.inputs.empty()) return std::unexpected("ports: no input, and not a source");
    return ports;
}

std::expected<flow::ComponentInfo, std::string> describe(const flowrun_component& component, std::string plugin) {
    flow::ComponentInfo info;
    info.id = component.id;
    info.plugin = std::move(plugin);
    info.summary = text_or_empty(component.summary);
    info.doc = text_or_empty(component.doc);
    auto flag = [&](std::uint32_t bit) { return (component.flags & bit) != 0; };
    info.source = flag(FLOWRUN_SOURCE);
    info.reentrant = flag(FLOWRUN_REENTRANT);
    info.cooperative = flag(FLOWRUN_COOPERATIVE);
    info.idempotent = flag(FLOWRUN_IDEMPOTENT);
    info.prompt = flag(FLOWRUN_PROMPT);
    info.writes_stdout = flag(FLOWRUN_WRITES_STDOUT);
    info.reads_stdin = flag(FLOWRUN_READS_STDIN);
    info.takes_signals = flag(FLOWRUN_TAKES_SIGNALS);
    info.ports_depend_on_settings = component.ports_for != nullptr;
    info.checks_settings = component.check != nullptr;
    auto ports = static_ports(component, info.source);
    if (!ports) return std::unexpected(ports.error());
    info.ports = std::move(*ports);
    auto settings = flow::settings_of(text_or_empty(component.settings));
    if (!settings) return std::unexpected(settings.error());
    info.settings = std::move(*settings);
    return info;
}

}  // namespace flowrun::component

#include <algorithm>
#include <string>
#include <vector>

#include "base/visible.hh"
#include "command/flow_file.hh"
#include "command/plugin_path.hh"
#include "command/say.hh"
#include "command/verb.hh"
#include "engine/host/host.hh"
#include "value/json.hh"

namespace flowrun::command {

namespace {

constexpr Option options[] = {
    {.name = "format", .value = "text|json", .help = "for people (the default), or one JSON object a component"},
    plugin_path_option,
};

using Listed = component::Catalog::Listed;

std::string kind_of(const flow::ComponentInfo& component) {
    if (component.source) return "source";
    return component.ports.outputs.empty() && !component.ports_depend_on_settings ? "sink" : "";
}

std::string as_text(const std::vector<Listed>& plugins) {
    std::size_t width = 0;
    for (const Listed& plugin : plugins) {
        for (const auto* component : plugin.components) width = std::max(width, component->id.size());
    }
    std::string text;
    for (const Listed& plugin : plugins) {
        for (const auto* component : plugin.components) {
            const std::string kind = kind_of(*component);
            text += component->id + std::string(width + 2 - component->id.size(), ' ');
            text += kind + std::string(8 - kind.size(), ' ') + visible(component->summary) + "\n";
        }
    }
    return text;
}

std::string as_json(const std::vector<Listed>& plugins) {
    std::string text;
    const auto member = [&text](const char* name, std::string_view value) {
        text += std::string(text.ends_with('{') ? "\"" : ",\"") + name + "\":";
        value::write_string(value, text);
    };
    for (const Listed& plugin : plugins) {
        for (const auto* component : plugin.components) {
            text += "{";
            member("id", component->id);
            member("kind", kind_of(*component));
            member("summary", component->summary);
            member("plugin", plugin.path);
            member("version", component->plugin_version);
            text += "}\n";
        }
    }
    return text;
}

Exit run(const Words& words) {
    if (!words.rest.empty()) return misused(list_verb, "takes no words, but was given '" + words.rest[0] + "'");
    const auto* format = words.find("format");
    if (format != nullptr && format->value != "text" && format->value != "json") {
        return misused(list_verb, "--format=" + format->value + ": use text or json");
    }
    component::Catalog catalog(plugin_folders(plugin_path_of(words), {}), engine::host());
    const std::vector<Listed> plugins = catalog.list();
    Exit exit = put(format != nullptr && format->value == "json" ? as_json(plugins) : as_text(plugins));
    for (const Listed& plugin : plugins) {
        if (plugin.problem.empty()) continue;
        complain(plugin.problem);
        exit = graver(exit, Exit::unavailable);
    }
    return exit;
}

}  // namespace

const Verb list_verb = {
    .name = "list",
    .summary = "list the components that flows can use",
    .words = "",
    .about = "Lists the components of all plugins that are found, and tells which plugins cannot be used.",
    .options = options,
    .examples =
        "  flowrun list\n"
        "  flowrun list --plugin-path=build/plugins --format=json\n",
    .run = run,
};

}  // namespace flowrun::command

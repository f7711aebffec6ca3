#include <algorithm>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "base/visible.hh"
#include "command/flow_file.hh"
#include "command/nature.hh"
#include "command/plugin_path.hh"
#include "command/say.hh"
#include "command/verb.hh"
#include "engine/host/host.hh"
#include "flow/suggest.hh"
#include "value/builder.hh"
#include "value/json.hh"

namespace flowrun::command {

namespace {

using flow::ComponentInfo;
using flow::PortInfo;
using flow::Setting;

constexpr Option options[] = {
    {.name = "format",
     .value = "text|json",
     .help = "for people (the default), or one JSON object with the JSON Schema"},
    plugin_path_option,
};

constexpr std::size_t names_indent = 2;
constexpr std::size_t line_width = 96;

// In lines of at most `width` bytes, where words allow it; the text's own lines stay lines.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t own_end = std::min(text.find('\n'), text.size());
        std::size_t end = own_end;
        if (own_end > width) {
            end = text.rfind(' ', width);
            if (end == std::string_view::npos || end == 0) end = std::min(text.find(' ', width), own_end);
        }
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<std::string> flags_of(const ComponentInfo& c) {
    std::vector<std::string> flags;
    const auto add = [&flags](bool set, const char* name) {
        if (set) flags.emplace_back(name);
    };
    add(c.source, "source");
    add(c.reentrant, "reentrant");
    add(c.cooperative, "cooperative");
    add(c.idempotent, "idempotent");
    add(c.prompt, "prompt");
    add(c.reads_stdin, "reads_stdin");
    add(c.writes_stdout, "writes_stdout");
    add(c.takes_signals, "takes_signals");
    return flags;
}

// "  name  first line" and further lines under the first.
std::string entry(std::string_view name, std::size_t width, std::string_view doc, std::string_view nature) {
    const std::size_t left = names_indent + width + 2;
    std::vector<std::string> lines;
    for (const std::string_view part : {doc, nature}) {
        for (std::string& line : wrapped(part, left + 20 < line_width ? line_width - left : 20)) {
            lines.push_back(std::move(line));
        }
    }
    std::string text = std::string(names_indent, ' ') + std::string(name) + std::string(width - name.size() + 2, ' ');
    bool first = true;
    for (const std::string& line : lines) {
        text += (first ? "" : std::string(left, ' ')) + line + "\n";
        first = false;
    }
    if (first) text.replace(text.find_last_not_of(' ') + 1, std::string::npos, "\n");
    return text;
}

std::string ports_text(const char* title, const std::vector<PortInfo>& ports) {
    std::string text = ports.empty() ? "" : std::string("\n") + title + "\n";
    std::size_t width = 0;
    for (const PortInfo& port : ports) width = std::max(width, port.name.size());
    for (const PortInfo& port : ports) text += entry(port.name, width, port.doc, "");
    return text;
}

std::size_t width_of(const std::vector<Setting>& settings, std::size_t indent) {
    std::size_t width = 0;
    for (const Setting& setting : settings) {
        width = std::max({width, indent + setting.name.size(), width_of(setting.members(), indent + names_indent)});
    }
    return width;
}

// Members stand under what they are of.
void add_settings(const std::vector<Setting>& settings, std::size_t width, std::size_t indent, std::string& text) {
    for (const Setting& setting : settings) {
        text += entry(std::string(indent, ' ') + setting.name, width, setting.doc, nature_of(setting));
        add_settings(setting.members(), width, indent + names_indent, text);
    }
}

std::string settings_text(const std::vector<Setting>& settings) {
    std::string text = settings.empty() ? "" : "\nSettings\n";
    add_settings(settings, width_of(settings, 0), 0, text);
    return text;
}

std::string as_text(const ComponentInfo& c) {
    std::string text = c.id + ": " + visible(c.summary) + "\n";
    if (!c.doc.empty()) text += "\n" + joined(wrapped(c.doc, line_width), "\n") + "\n";
    text += ports_text("Inputs", c.ports.inputs);
    std::vector<PortInfo> outputs = c.ports.outputs;
    outputs.push_back({"error", "what failed in the node itself, as {error, msg}"});
    outputs.push_back({"failed", "that, and what failed behind it over sync edges"});
    text += ports_text("Outputs", outputs);
    if (c.ports_depend_on_settings) text += "  (and those that its settings name)\n";
    text += settings_text(c.settings);
    const std::vector<std::string> flags = flags_of(c);
    text += "\nPlugin: " + c.plugin + (c.plugin_version.empty() ? "" : ", version " + c.plugin_version) + "\n";
    if (!flags.empty()) text += "Flags: " + joined(flags, ", ") + "\n";
    return visible(text, "\n");
}

std::string ports_json(const std::vector<PortInfo>& ports) {
    std::string text = "{";
    for (const PortInfo& port : ports) {
        if (text.size() > 1) text += ",";
        value::write_string(port.name, text);
        text += ":";
        value::write_string(port.doc, text);
    }
    return text + "}";
}

// A schema as it is, but for the defaults of what is secret.
void put_schema(const value::Node& schema, value::Builder& out) {
    if (schema.is(value::Kind::list)) {
        out.list();
        for (const value::Node& one : value::elements(schema)) put_schema(one, out);
        return out.end();
    }
    if (!schema.is(value::Kind::map)) return out.value(schema);
    const value::Node* mark = schema.member("x-secret");
    const bool secret = mark != nullptr && mark->as_bool().value_or(false);
    out.map();
    for (const auto [key, value] : value::entries(schema)) {
        if (secret && key.bytes_view() == "default") continue;
        out.key(key.bytes_view());
        put_schema(value, out);
    }
    out.end();
}

std::string schema_json(const char* schema) {
    const auto read = schema == nullptr ? value::parse("{}") : value::parse(schema);
    if (!read) return "{}";
    value::Builder builder;
    put_schema(**read, builder);
    return value::to_json(*builder.finish());
}

std::string as_json(const ComponentInfo& c, const char* schema) {
    std::string text = "{\"id\":";
    value::write_string(c.id, text);
    text += ",\"summary\":";
    value::write_string(c.summary, text);
    text += ",\"doc\":";
    value::write_string(c.doc, text);
    text += ",\"plugin\":";
    value::write_string(c.plugin, text);
    text += ",\"version\":";
    value::write_string(c.plugin_version, text);
    text += ",\"flags\":[";
    const std::vector<std::string> flags = flags_of(c);
    if (!flags.empty()) text += "\"" + joined(flags, "\",\"") + "\"";
    text += "],\"ports\":{\"in\":" + ports_json(c.ports.inputs) + ",\"out\":" + ports_json(c.ports.outputs);
    text += c.ports_depend_on_settings ? ",\"depend_on_settings\":true}" : ",\"depend_on_settings\":false}";
    return text + ",\"settings\":" + schema_json(schema) + "}\n";
}

Exit run(const Words& words) {
    if (words.rest.empty()) return misused(inspect_verb, "name a component; 'flowrun list' shows them");
    const auto* format = words.find("format");
    if (format != nullptr && format->value != "text" && format->value != "json") {
        return misused(inspect_verb, "--format=" + format->value + ": use text or json");
    }
    component::Catalog catalog(plugin_folders(plugin_path_of(words), {}), engine::host());
    Exit exit = Exit::ok;
    std::string text;
    for (const std::string& id : words.rest) {
        const auto found = catalog.find(id);
        if (!found) {
            const flow::CatalogFailure& failure = found.error();
            const std::string remedy = failure.remedy.empty() ? flow::suggest(id, catalog.ids()) : failure.remedy;
            complain(failure.message + (remedy.empty() ? "" : "; " + remedy));
            exit = graver(exit, Exit::unavailable);
            continue;
        }
        const ComponentInfo& c = **found;
        const bool json = format != nullptr && format->value == "json";
        if (!json && !text.empty()) text += "\n";
        text += json ? as_json(c, catalog.table(c).settings) : as_text(c);
    }
    return text.empty() ? exit : graver(exit, put(text));
}

}  // namespace

const Verb inspect_verb = {
    .name = "inspect",
    .summary = "tell what a component takes and gives",
    .words = "COMPONENT…",
    .about = "Tells what a component does, its ports and its settings: what flows are checked against.",
    .options = options,
    .examples =
        "  flowrun inspect stdin\n"
        "  flowrun inspect --format=json generate | jq .settings\n",
    .run = run,
};

}  // namespace flowrun::command

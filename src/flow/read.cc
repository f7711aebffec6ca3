#include "flow/read.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/edges.hh"
#include "flow/fields.hh"
#include "flow/nodes.hh"
#include "flow/params.hh"
#include "flow/scalar.hh"
#include "flow/yaml.hh"

namespace flowrun::flow {

namespace {

constexpr std::string_view flow_keys[] = {"flowrun", "name",     "env",   "plugins", "lock",
                                          "params",  "defaults", "nodes", "edges"};

// "orders" of "flows/orders.yaml".
std::string stem_of(std::string_view file) {
    if (file == "-") return "stdin";
    file = file.substr(file.rfind('/') + 1);
    const std::size_t dot = file.rfind('.');
    return std::string(file.substr(0, dot == 0 ? file.npos : dot));
}

// A path as the flow means it: beside the flow, unless it is absolute.
std::string beside(const std::string& file, const std::string& path) {
    const std::size_t slash = file == "-" ? std::string::npos : file.rfind('/');
    if (path.starts_with('/') || slash == std::string::npos) return path;
    return file.substr(0, slash + 1) + path;
}

void read_version(const Fields& fields, const Tree& root, const Diagnostics& diagnostics) {
    const Tree* version = fields.take("flowrun");
    if (!version && fields.meant("flowrun")) return;
    if (!version) {
        diagnostics.error(root.place, "the flow does not say in which version of the format it is written",
                          "begin it with flowrun: 1");
    } else if (version->text != "1" || version->style != Tree::Style::plain) {
        diagnostics.error(version->place,
                          version->text == "1"
                              ? "the version of the format is a number: it stands without quotes"
                              : fmt::format("this flowrun reads version 1 of the format, not '{}'", version->text),
                          "write flowrun: 1");
    }
}

void read_name(const Fields& fields, Flow& flow, const Diagnostics& diagnostics) {
    flow.name = stem_of(flow.file);
    const Tree* name = fields.take("name");
    if (!name) return;
    const auto text = text_in(*name, "name", diagnostics);
    if (text && name_in(*text, "flow", name->place, diagnostics)) flow.name = *text;
}

void read_env(const Fields& fields, Flow& flow, const Diagnostics& diagnostics) {
    const Tree* env = fields.take("env");
    if (!env) return;
    for (const Tree* name : texts_in(*env, "env", diagnostics)) {
        if (!is_name(name->text) || name->text.find('-') != std::string::npos) {
            diagnostics.error(name->place, fmt::format("'{}' is not the name of an environment variable", name->text),
                              "list names alone, such as [USER, HOME]");
        } else if (std::find(flow.env.begin(), flow.env.end(), name->text) != flow.env.end()) {
            diagnostics.error(name->place, fmt::format("'{}' is listed twice", name->text));
        } else {
            flow.env.push_back(name->text);
            flow.env_places.push_back(name->place);
        }
    }
}

void read_plugins(const Fields& fields, Flow& flow, const Diagnostics& diagnostics) {
    const Tree* plugins = fields.take("plugins");
    if (!plugins) return;
    for (const Tree* folder : texts_in(*plugins, "plugins", diagnostics)) {
        flow.plugins.push_back(beside(flow.file, folder->text));
        flow.plugin_places.push_back(folder->place);
    }
}

void read_lock(const Fields& fields, Flow& flow, const Diagnostics& diagnostics) {
    const Tree* lock = fields.take("lock");
    if (!lock) return;
    flow.lock.place = lock->place;
    const bool path = lock->kind == Tree::Kind::scalar && lock->text.find('/') != std::string::npos;
    if (path || lock->style != Tree::Style::plain) {
        flow.lock.wanted = true;
        flow.lock.path = beside(flow.file, text_in(*lock, "lock", diagnostics).value_or(""));
    } else {
        flow.lock.wanted = flag_in(*lock, "lock", diagnostics).value_or(false);
    }
}

struct Defaults {
    const Tree* edge = nullptr;
    const Tree* node = nullptr;
};

Defaults read_defaults(const Fields& fields, const Diagnostics& diagnostics) {
    static constexpr std::string_view keys[] = {"edge", "node"};
    Defaults out;
    const Tree* defaults = fields.take("defaults");
    if (!defaults) return out;
    const Fields inner(*defaults, "'defaults'", keys, diagnostics, true);
    out.edge = inner.take("edge");
    out.node = inner.take("node");
    if (out.edge) check_edge_defaults(*out.edge, diagnostics);
    if (out.node) check_node_defaults(*out.node, diagnostics);
    return out;
}

}  // namespace

Reading read(const Source& source) {
    Reading out;
    out.flow.file = source.name();
    const Diagnostics diagnostics{source, out.issues};
    const Tree root = read_yaml(source, out.issues);
    if (!root) return out;
    if (root.kind != Tree::Kind::map) {
        const bool empty = root.kind == Tree::Kind::scalar && root.text.empty();
        diagnostics.error(root.place, empty ? "the flow is empty" : "a flow is a map of keys, which this is not",
                          "begin it with flowrun: 1");
        return out;
    }
    out.whole = true;
    const Fields fields(root, "a flow", flow_keys, diagnostics);
    read_version(fields, root, diagnostics);
    read_name(fields, out.flow, diagnostics);
    read_env(fields, out.flow, diagnostics);
    read_plugins(fields, out.flow, diagnostics);
    read_lock(fields, out.flow, diagnostics);
    if (const Tree* params = fields.take("params")) out.flow.params = read_params(*params, diagnostics);
    const Defaults defaults = read_defaults(fields, diagnostics);
    if (const Tree* nodes = fields.take("nodes")) {
        NodesRead read = read_nodes(*nodes, defaults.node, diagnostics);
        out.flow.nodes = std::move(read.nodes);
        out.whole = read.whole;
        if (std::find(read.strays.begin(), read.strays.end(), "edges") != read.strays.end()) out.all_edges = false;
    } else if (!fields.meant("nodes")) {
        diagnostics.error(root.place, "the flow has no 'nodes'", "write nodes: { read: { uses: stdin } }");
    }
    if (const Tree* edges = fields.take("edges")) {
        out.all_edges = read_edges(*edges, defaults.edge, diagnostics, out.flow.edges);
    } else if (fields.meant("edges")) {
        out.all_edges = false;
    }
    return out;
}

}  // namespace flowrun::flow

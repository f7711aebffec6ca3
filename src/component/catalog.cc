#include "component/catalog.hh"

#include "component/guarded.hh"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "component/description.hh"
#include "value/builder.hh"

namespace flowrun::component {

using flow::CatalogFailure;
using flow::ComponentInfo;
using Failure = CatalogFailure::Code;

struct Catalog::Plugin {
    std::expected<Library, CatalogFailure> library = std::unexpected(CatalogFailure{});
    // Described when first asked for: a description costs more than opening the file.
    std::map<std::string, std::expected<std::unique_ptr<ComponentInfo>, CatalogFailure>, std::less<>> described;
};

namespace {

struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
};

std::string_view plugin_of(std::string_view id) {
    auto dot = id.find('.');
    return dot == std::string_view::npos ? std::string_view("core") : id.substr(0, dot);
}

struct FreeBuilder {
    const flowrun_values& values;
    void operator()(flowrun_builder* b) const { values.builder_free(b); }
};
using Builder = std::unique_ptr<flowrun_builder, FreeBuilder>;
Builder new_builder(const flowrun_values& make) { return Builder(make.builder_new(), FreeBuilder{make}); }

bool exists(const std::string& path) {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0;
}

// A name from a flow becomes part of a path: nothing but what a plugin's name may hold.
bool is_plugin_name(std::string_view name) {
    auto ok = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), ok);
}

std::expected<Library, CatalogFailure> open_from(const std::vector<std::string>& folders, std::string_view name,
                                                 const flowrun_host& host) {
    if (is_plugin_name(name)) {
        for (const std::string& folder : folders) {
            std::string path = fmt::format("{}/{}.so", folder, name);
            if (exists(path)) return Library::open(path, name, host);
        }
    }
    return std::unexpected(CatalogFailure{
        Failure::plugin_missing, fmt::format("there is no plugin {}.so in {}", name, fmt::join(folders, ", ")),
        "name its folder with --plugin-path, FLOWRUN_PLUGIN_PATH or the flow's `plugins:`"});
}

}  // namespace

Catalog::Catalog(std::vector<std::string> folders, const flowrun_host& host)
    : folders_(std::move(folders)), host_(host) {}
Catalog::~Catalog() = default;

Catalog::Plugin& Catalog::plugin(std::string_view name) {
    auto found = plugins_.find(name);
    if (found == plugins_.end()) {
        auto made = std::make_unique<Plugin>();
        made->library = open_from(folders_, name, host_);
        found = plugins_.emplace(std::string(name), std::move(made)).first;
    }
    return *found->second;
}

std::expected<const ComponentInfo*, CatalogFailure> Catalog::find(std::string_view id) {
    Plugin& from = plugin(plugin_of(id));
    if (!from.library) return std::unexpected(from.library.error());
    if (auto known = from.described.find(id); known != from.described.end()) {
        if (!known->second) return std::unexpected(known->second.error());
        return known->second->get();
    }
    const auto& tables = from.library->components();
    auto table = std::find_if(tables.begin(), tables.end(), [&](const flowrun_component& c) { return id == c.id; });
    if (table == tables.end()) {
        return std::unexpected(CatalogFailure{
            Failure::unknown, fmt::format("plugin {} has no component '{}'", from.library->path(), id), {}});
    }
    auto info = describe(*table, from.library->path());
    if (!info) {
        CatalogFailure failure{Failure::bad_description,
                               fmt::format("plugin {}: component '{}': {}", from.library->path(), id, info.error()),
                               {}};
        from.described.emplace(std::string(id), std::unexpected(failure));
        return std::unexpected(std::move(failure));
    }
    auto kept = std::make_unique<ComponentInfo>(std::move(*info));
    const ComponentInfo* result = kept.get();
    from.described.emplace(std::string(id), std::move(kept));
    return result;
}

std::vector<std::string> Catalog::names() const {
    std::set<std::string> names;
    for (const std::string& folder : folders_) {
        std::unique_ptr<DIR, CloseDir> dir(::opendir(folder.c_str()));
        if (!dir) continue;
        while (const dirent* entry = ::readdir(dir.get())) {
            std::string_view name = entry->d_name;
            if (!name.ends_with(".so")) continue;
            name.remove_suffix(3);
            if (is_plugin_name(name)) names.insert(std::string(name));
        }
    }
    return {names.begin(), names.end()};
}

std::vector<std::string> Catalog::ids() {
    std::vector<std::string> ids;
    for (const std::string& name : names()) {
        Plugin& from = plugin(name);
        if (!from.library) continue;
        for (const flowrun_component& c : from.library->components()) ids.emplace_back(c.id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::vector<Catalog::Listed> Catalog::list() {
    std::vector<Listed> all;
    for (const std::string& name : names()) {
        Plugin& from = plugin(name);
        Listed listed;
        if (!from.library) {
            listed.path = name + ".so";
            listed.problem = from.library.error().message;
        } else {
            listed.path = from.library->path();
            for (const flowrun_component& c : from.library->components()) {
                if (auto info = find(c.id)) {
                    listed.components.push_back(*info);
                } else if (listed.problem.empty()) {
                    listed.problem = info.error().message;
                }
            }
        }
        std::sort(listed.components.begin(), listed.components.end(),
                  [](const ComponentInfo* a, const ComponentInfo* b) { return a->id < b->id; });
        all.push_back(std::move(listed));
    }
    return all;
}

const flowrun_component& Catalog::table(const ComponentInfo& component) const {
    auto from = plugins_.find(plugin_of(component.id));
    assert(from != plugins_.end() && from->second->library);
    const auto& tables = from->second->library->components();
    auto table =
        std::find_if(tables.begin(), tables.end(), [&](const flowrun_component& c) { return component.id == c.id; });
    assert(table != tables.end());
    return *table;
}

namespace {

flow::SettingsMistake mistake_of(const value::Node* made) {
    const bool map = made != nullptr && made->is(value::Kind::map);
    const auto text = [&](std::string_view name) {
        const value::Node* member = map ? made->member(name) : nullptr;
        return std::string(member == nullptr ? "" : member->as_string().value_or(""));
    };
    const value::Node* warning = map ? made->member("warning") : nullptr;
    flow::SettingsMistake mistake{text("message"), text("setting"), text("remedy"),
                                  warning != nullptr && warning->as_bool().value_or(false)};
    if (mistake.message.empty()) mistake.message = "the settings cannot be used";
    return mistake;
}

}  // namespace

std::expected<flow::Ports, std::string> Catalog::ports(const ComponentInfo& component, const value::Node& settings) {
    const flowrun_component& c = table(component);
    const flowrun_values& make = *host_.values;
    const Builder builder = new_builder(make);
    if (guarded(component.plugin, c.ports_for, &host_, reinterpret_cast<const flowrun_value*>(&settings),
                builder.get()) < 0) {
        return std::unexpected("the settings make no ports");
    }
    const flowrun_value* made = make.build_finish(builder.get());
    if (made == nullptr) return std::unexpected("ports: the component built no value");
    return ports_of(*reinterpret_cast<const value::Node*>(made), component.source);
}

std::vector<flow::SettingsMistake> Catalog::mistakes_in(const ComponentInfo& component, const value::Node& settings) {
    const flowrun_values& make = *host_.values;
    const Builder builder = new_builder(make);
    const flowrun_component& c = table(component);
    if (guarded(component.plugin, c.check, &host_, reinterpret_cast<const flowrun_value*>(&settings), builder.get()) >=
        0) {
        return {};
    }
    const auto* made = reinterpret_cast<const value::Node*>(make.build_finish(builder.get()));
    std::vector<flow::SettingsMistake> all = {mistake_of(made)};
    const value::Node* more = made != nullptr && made->is(value::Kind::map) ? made->member("more") : nullptr;
    if (more != nullptr && more->is(value::Kind::list)) {
        for (const value::Node& one : value::elements(*more)) all.push_back(mistake_of(&one));
    }
    return all;
}

}  // namespace flowrun::component

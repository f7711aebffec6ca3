#include "component/catalog.hh"

#include "component/claims.hh"
#include "component/guarded.hh"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/reason.hh"
#include "component/description.hh"
#include "component/values_table.hh"
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

std::string_view plugin_of_scheme(std::string_view scheme) {
    constexpr std::pair<std::string_view, std::string_view> others[] = {
        {"pgq", "postgres"}, {"postgresql", "postgres"}, {"amqps", "amqp"}, {"rediss", "redis"}};
    for (const auto& [name, plugin] : others) {
        if (name == scheme) return plugin;
    }
    return scheme;
}

struct FreeBuilder {
    const flowrun_values& values;
    void operator()(flowrun_builder* b) const { values.builder_free(b); }
};
using Builder = std::unique_ptr<flowrun_builder, FreeBuilder>;
Builder new_builder(const flowrun_values& make) { return Builder(make.builder_new(), FreeBuilder{make}); }

// A text of the map in which a component says why it fails.
std::string member_text(const value::Node* map, std::string_view name) {
    const value::Node* member = map != nullptr && map->is(value::Kind::map) ? map->member(name) : nullptr;
    const bool text = member != nullptr && (member->is(value::Kind::string) || member->is(value::Kind::bytes));
    return text ? reason_of(member->bytes_view()) : std::string();
}

std::string no_result(std::int32_t status) {
    return status > 0 ? fmt::format(": the component answered {}, which is no result", status) : std::string();
}

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
        std::string message = fmt::format("plugin {} has no component '{}'", from.library->path(), id);
        const std::string hidden = hidden_by(from.library->path(), plugin_of(id));
        if (hidden.empty()) return std::unexpected(CatalogFailure{Failure::unknown, std::move(message), {}});
        return std::unexpected(CatalogFailure{
            Failure::unknown, fmt::format("{}; it stands before {} and hides that whole", message, hidden),
            "give one of the two another name, or its folder another place"});
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
    kept->plugin_version = from.library->version();
    const ComponentInfo* result = kept.get();
    from.described.emplace(std::string(id), std::move(kept));
    return result;
}

// A plugin may keep queues under other schemes than its own name: it has a table for each, asked for as flowrun.queue/1:SCHEME.
std::expected<const flowrun_queue_table*, flow::QueueMistake> Catalog::queue_table(std::string_view kind) {
    const std::string_view name = plugin_of_scheme(kind);
    Plugin& from = plugin(name);
    if (!from.library)
        return std::unexpected(flow::QueueMistake{from.library.error().message, from.library.error().remedy});
    const std::string id = std::string(FLOWRUN_QUEUE_ID) + (name == kind ? "" : ":" + std::string(kind));
    const auto* table = static_cast<const flowrun_queue_table*>(from.library->extension(id.c_str()));
    if (table == nullptr) {
        return std::unexpected(flow::QueueMistake{fmt::format("plugin {} keeps no queues", from.library->path()), {}});
    }
    if (table->size < sizeof(flowrun_queue_table)) {
        return std::unexpected(
            flow::QueueMistake{fmt::format("plugin {}: its table of queues is too short", from.library->path()), {}});
    }
    return table;
}

std::optional<flow::QueueMistake> Catalog::mistake_in_queue(std::string_view kind, std::string_view url) {
    const auto table = queue_table(kind);
    if (!table) return table.error();
    std::string why;
    const auto keep = [](void* into, flowrun_text text) {
        static_cast<std::string*>(into)->assign(text.data == nullptr ? "" : text.data, text.size);
    };
    if ((*table)->check({url.data(), url.size()}, keep, &why) >= 0) return std::nullopt;
    return flow::QueueMistake{why.empty() ? "its plugin refuses this URL" : why, {}};
}

flow::QueueAbilities Catalog::queue_abilities(std::string_view kind) {
    const auto table = queue_table(kind);
    const auto can = [&](std::uint32_t what) { return table && ((*table)->can & what) != 0; };
    return {.shared = can(FLOWRUN_QUEUE_SHARED),
            .leases = can(FLOWRUN_QUEUE_LEASES),
            .bounded = can(FLOWRUN_QUEUE_BOUNDED),
            .fifo = can(FLOWRUN_QUEUE_FIFO),
            .keys = can(FLOWRUN_QUEUE_KEYS)};
}

std::vector<flow::StoredOrder> Catalog::orders_in_queue(std::string_view kind, std::string_view url,
                                                        std::string_view name) {
    std::vector<flow::StoredOrder> all;
    const auto table = queue_table(kind);
    if (!table || (*table)->orders == nullptr) return all;
    const auto give = [](void* into, flowrun_text words, std::uint64_t waiting) {
        const std::string text(words.data == nullptr ? "" : words.data, words.size);
        static_cast<std::vector<flow::StoredOrder>*>(into)->push_back({text, waiting});
    };
    const std::int32_t status =
        (*table)->orders({url.data(), url.size()}, {name.data(), name.size()}, give, &all, nullptr, nullptr);
    if (status < 0) all.clear();
    return all;
}

const std::string& Catalog::path_of(std::string_view name) {
    static const std::string none;
    Plugin& from = plugin(plugin_of_scheme(name));
    return from.library ? from.library->path() : none;
}

// The plugin of the same name that would be found if this one were not there; empty: none.
std::string Catalog::hidden_by(const std::string& first, std::string_view name) const {
    struct stat found{}, other{};
    if (::stat(first.c_str(), &found) != 0) return {};
    for (const std::string& folder : folders_) {
        std::string path = fmt::format("{}/{}.so", folder, name);
        if (::stat(path.c_str(), &other) != 0) continue;
        if (other.st_dev != found.st_dev || other.st_ino != found.st_ino) return path;
    }
    return {};
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
    const value::Node* warning = made != nullptr && made->is(value::Kind::map) ? made->member("warning") : nullptr;
    return {member_text(made, "message"), member_text(made, "setting"), member_text(made, "remedy"),
            warning != nullptr && warning->as_bool().value_or(false)};
}

}  // namespace

std::expected<flow::Ports, std::string> Catalog::ports(const ComponentInfo& component, const value::Node& settings) {
    const flowrun_component& c = table(component);
    const flowrun_values& make = *host_.values;
    const Builder builder = new_builder(make);
    const std::int32_t status = guarded(component.plugin, c.ports_for, &host_,
                                        reinterpret_cast<const flowrun_value*>(&settings), builder.get());
    const auto* made = from_c(make.build_finish(builder.get()));
    if (status != FLOWRUN_OK) {
        const std::string why = member_text(made, "message");
        return std::unexpected("the settings make no ports" + (why.empty() ? no_result(status) : ": " + why));
    }
    if (made == nullptr) return std::unexpected("ports: the component built no value");
    return ports_of(*made, component.source);
}

std::vector<flow::SettingsMistake> Catalog::mistakes_in(const ComponentInfo& component, const value::Node& settings,
                                                        std::vector<flow::Claim>& claims) {
    const HeardClaims heard(claims);
    const flowrun_values& make = *host_.values;
    const Builder builder = new_builder(make);
    const flowrun_component& c = table(component);
    const std::int32_t status =
        guarded(component.plugin, c.check, &host_, reinterpret_cast<const flowrun_value*>(&settings), builder.get());
    if (status == FLOWRUN_OK) return {};
    const auto* made = from_c(make.build_finish(builder.get()));
    std::vector<flow::SettingsMistake> all = {mistake_of(made)};
    const value::Node* more = made != nullptr && made->is(value::Kind::map) ? made->member("more") : nullptr;
    if (more != nullptr && more->is(value::Kind::list)) {
        for (const value::Node& one : value::elements(*more)) all.push_back(mistake_of(&one));
    }
    for (flow::SettingsMistake& one : all) {
        if (one.message.empty()) one.message = "the settings cannot be used" + no_result(status);
    }
    return all;
}

}  // namespace flowrun::component

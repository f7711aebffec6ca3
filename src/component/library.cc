#include "component/library.hh"
#include "component/in_plugin.hh"

#include <dlfcn.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include "base/visible.hh"
#include "component/elf.hh"
#include "component/trust.hh"
#include "flow/scalar.hh"

namespace flowrun::component {
namespace {

using flow::CatalogFailure;
using Failure = CatalogFailure::Code;

std::unexpected<CatalogFailure> refuse(Failure code, std::string message, std::string remedy = {}) {
    return std::unexpected(CatalogFailure{code, std::move(message), std::move(remedy)});
}

std::unexpected<CatalogFailure> not_now(const std::string& path, std::string_view why) {
    return refuse(Failure::unavailable, fmt::format("plugin {} cannot be opened now: {}", path, why),
                  "the machine or a limit of this process (ulimit -a) leaves it too little");
}

// The loader says in words alone why it failed; of a mapping not even that, and then it is for want of memory unless nothing
// of its file system may be executed.
bool tells_shortage(const std::string& path, std::string_view why) {
    for (const int error : {EMFILE, ENFILE, ENOMEM, EAGAIN}) {
        if (why.ends_with(std::strerror(error))) return true;
    }
    struct statvfs where{};
    const bool unmapped = why.ends_with("failed to map segment from shared object");
    if (unmapped && ::statvfs(path.c_str(), &where) == 0) return (where.f_flag & ST_NOEXEC) == 0;
    return why.find("out of memory") != why.npos;
}

// A table as large as ours, from one that may be shorter (older) or longer (newer).
template <class Table>
Table widened(const Table& from) {
    Table table{};
    std::memcpy(&table, &from, std::min<std::size_t>(from.size, sizeof(Table)));
    table.size = sizeof(Table);
    return table;
}

constexpr std::size_t longest_name = 200;  // shown of one that is wrong
constexpr std::size_t least_plugin = offsetof(flowrun_plugin, open);
constexpr std::size_t least_component = offsetof(flowrun_component, stop);

// The program has its own copy of the unwinder (it is linked statically), which sets its tables up at its first throw. A
// plugin that uses the system's copy and lets an exception out would find ours without them, and the process would abort
// before it could be said whose fault it was (engine/graph/guarded.hh).
void set_up_unwinder() {
    [[maybe_unused]] static const bool done = [] {
        try {
            throw 0;
        } catch (int) { return true; }
    }();
}

std::expected<flowrun_plugin, CatalogFailure> entry_of(const std::string& path) {
    void* handle = nullptr;
    {
        const InPlugin its_constructors(path.c_str(), "");
        handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == nullptr) {
        const char* said = ::dlerror();
        const std::string why = said ? said : "out of memory";
        if (tells_shortage(path, why)) return not_now(path, why);
        return refuse(Failure::not_a_plugin, fmt::format("plugin {} cannot be opened: {}", path, why));
    }
    const auto* found = static_cast<const flowrun_plugin*>(::dlsym(handle, "flowrun_plugin_entry"));
    if (found == nullptr) {
        return refuse(Failure::not_a_plugin,
                      fmt::format("{} is not a flowrun plugin: it does not export flowrun_plugin_entry", path),
                      "export it with FLOWRUN_PLUGIN (C++) or FLOWRUN_EXPORT (C); see flowrun-plugin(3)");
    }
    if (found->abi_major != FLOWRUN_ABI_MAJOR) {
        return refuse(Failure::abi_differs,
                      fmt::format("plugin {} has ABI {}.{}; this flowrun has {}.{}", path, found->abi_major,
                                  found->abi_minor, FLOWRUN_ABI_MAJOR, FLOWRUN_ABI_MINOR),
                      "build it again with this flowrun's headers");
    }
    if (found->size < least_plugin) {
        return refuse(Failure::bad_description, fmt::format("plugin {}: its table is too short", path));
    }
    return widened(*found);
}

constexpr std::uint32_t known_flags = FLOWRUN_SOURCE | FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT |
                                      FLOWRUN_WRITES_STDOUT | FLOWRUN_READS_STDIN | FLOWRUN_TAKES_SIGNALS |
                                      FLOWRUN_PROMPT;

// Names joined by dots.
bool has_parts(std::string_view text) {
    while (true) {
        const std::size_t dot = text.find('.');
        if (!flow::is_name(text.substr(0, dot))) return false;
        if (dot == text.npos) return true;
        text.remove_prefix(dot + 1);
    }
}

// What is wrong with an id; to stand after the component's own name for itself.
std::string id_problem(std::string_view id, std::string_view name) {
    if (name == "core") {
        if (id.find('.') != id.npos) return "an id in core has no dot";
        return flow::is_name(id) ? "" : "`id` is no name";
    }
    const std::string prefix = std::string(name) + ".";
    if (!id.starts_with(prefix)) return fmt::format("`id` must begin with '{}'", prefix);
    if (has_parts(id.substr(prefix.size()))) return {};
    return fmt::format("`id` must be names of letters, digits, '_' and '-' behind '{}'", prefix);
}

// `newer`: the plugin was built for a later minor version, and may have flags that are not known here.
std::string problem_of(const flowrun_component& c, std::string_view name, bool newer) {
    if (auto problem = id_problem(c.id, name); !problem.empty()) return problem;
    const bool source = (c.flags & FLOWRUN_SOURCE) != 0;
    if (source && c.run == nullptr) return "a source needs `run`";
    if (!source && c.run != nullptr) return "`run` without the flag FLOWRUN_SOURCE";
    if (!source && c.handle == nullptr) return "`handle` is missing";
    if (c.create != nullptr && c.destroy == nullptr) return "`create` without `destroy`";
    if (const std::uint32_t unknown = c.flags & ~known_flags; unknown != 0 && !newer) {
        return fmt::format("`flags` has bits that mean nothing: {:#x}", unknown);
    }
    return {};
}

std::expected<std::vector<flowrun_component>, std::string> components_of(const flowrun_plugin& entry,
                                                                         std::string_view name) {
    constexpr std::uint32_t most = 10'000;
    if (entry.name == nullptr) return std::unexpected("`name` is missing");
    if (entry.name != name) {
        return std::unexpected(
            fmt::format("`name` is '{}', but the file's name makes it '{}'", as_utf8(entry.name, longest_name), name));
    }
    if (entry.component_count > most) return std::unexpected(fmt::format("it lists more than {} components", most));
    if (entry.component_count != 0 && entry.components == nullptr) return std::unexpected("its components are missing");
    std::vector<flowrun_component> all;
    for (std::uint32_t i = 0; i < entry.component_count; ++i) {
        const flowrun_component* c = entry.components[i];
        if (c == nullptr || c->size < least_component) {
            return std::unexpected(fmt::format("component {}: its table is missing or too short", i));
        }
        all.push_back(widened(*c));
        if (c->id == nullptr || *c->id == 0) return std::unexpected(fmt::format("component {}: `id` is missing", i));
        if (auto problem = problem_of(all.back(), name, entry.abi_minor > FLOWRUN_ABI_MINOR); !problem.empty()) {
            return std::unexpected(fmt::format("component '{}': {}", visible(as_utf8(c->id, longest_name)), problem));
        }
        auto same = [&](const flowrun_component& other) { return std::strcmp(other.id, c->id) == 0; };
        if (std::any_of(all.begin(), all.end() - 1, same)) {
            return std::unexpected(fmt::format("two components are called '{}'", c->id));
        }
    }
    return all;
}

}  // namespace

std::expected<Library, CatalogFailure> Library::open(const std::string& path, std::string_view name,
                                                     const flowrun_host& host) {
    if (auto safe = trusted(path); !safe) {
        return refuse(Failure::unsafe, fmt::format("plugin {} is refused: {}", path, safe.error().what),
                      safe.error().remedy);
    }
    if (auto sound = loadable(path); !sound) {
        if (sound.error().passing) return not_now(path, sound.error().what);
        return refuse(Failure::not_a_plugin, fmt::format("{} is not a flowrun plugin: {}", path, sound.error().what));
    }
    if (name != "core") set_up_unwinder();  // core is linked as the program is
    auto entry = entry_of(path);
    if (!entry) return std::unexpected(std::move(entry.error()));
    auto components = components_of(*entry, name);
    if (!components) {
        return refuse(Failure::bad_description, fmt::format("plugin {}: {}", path, components.error()));
    }
    if (entry->open != nullptr) {
        if (auto status = entry->open(&host); status < 0) {
            return refuse(status == FLOWRUN_E_UNAVAILABLE ? Failure::unavailable : Failure::not_a_plugin,
                          fmt::format("plugin {} cannot be used: its `open` answered {}", path, status));
        }
    }
    Library library;
    library.path_ = path;
    library.version_ = entry->version == nullptr ? std::string() : as_utf8(entry->version, longest_name);
    library.components_ = std::move(*components);
    library.extension_ = entry->extension;
    return library;
}

}  // namespace flowrun::component

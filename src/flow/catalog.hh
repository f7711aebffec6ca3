#pragma once
// What the language layer must know of components. The layer `component` implements it over plugins; tests over tables.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/setting.hh"
#include "value/node.hh"

namespace flowrun::flow {

struct PortInfo {
    std::string name;
    std::string doc;
};

// In the order that numbers them. The port `error` is not listed: every node has it (flow.hh, error_port).
struct Ports {
    std::vector<PortInfo> inputs, outputs;
};

struct ComponentInfo {
    std::string id;
    std::string plugin;  // file
    std::string plugin_version = {};
    std::string summary;
    std::string doc;
    bool source = false, reentrant = false, cooperative = false, idempotent = false, prompt = false;
    bool writes_stdout = false, reads_stdin = false, takes_signals = false;
    bool ports_depend_on_settings = false;  // then Catalog::ports gives a node's own
    bool checks_settings = false;           // then Catalog::mistakes_in has a say
    Ports ports;
    std::vector<Setting> settings;
};

// What a component finds wrong with settings that each fit its schema.
struct SettingsMistake {
    std::string message;
    std::string setting;  // empty: it is no one's alone
    std::string remedy;
    bool warning = false;  // a run may be tried all the same
};

// What a component says that it will read or write with these settings (flowrun/ext/claims.h).
struct Claim {
    std::string setting;
    std::string thing;  // the same text for the same thing
    std::string shown;
    bool reads = false, writes = false, adds = false, alone = false;
};

// Why a component cannot be used.
struct CatalogFailure {
    enum class Code : std::uint8_t {
        unknown,  // the plugin is there and has no such component
        plugin_missing,
        not_a_plugin,  // a text file, a truncated one, one without our symbol
        abi_differs,
        unsafe,           // others may change the file or what leads to it
        bad_description,  // null tables, bad schema, duplicate ids
        unavailable,      // for want of memory or descriptors, or as the plugin says: another time it may be well
    };
    Code code = Code::unknown;
    std::string message;  // whole, for people: names the plugin file and, where ABIs differ, both versions
    std::string remedy;   // empty: the caller may suggest one of ids()
};
// "unknown", "plugin_missing" …
std::string_view name_of(CatalogFailure::Code code);

// Not thread-safe. What it hands out lives as long as the catalog.
// What a queue's URL leads to. The error is a message, and perhaps a remedy.
struct QueueMistake {
    std::string message, remedy;
};

// As flowrun/ext/queue.h has them.
struct QueueAbilities {
    bool shared = false;   // several processes may have it open
    bool leases = false;   // who takes a message has it for a time that can be chosen
    bool bounded = false;  // its bytes can be
    bool fifo = false;     // it gives out in the order of acceptance
    bool keys = false;     // of messages with one key it gives out one at a time, over all processes
};

// Under which order so many of the messages that wait in a queue were put in, as its opener said it.
struct StoredOrder {
    std::string words;
    std::uint64_t waiting = 0;
};

class Catalog {
public:
    virtual ~Catalog() = default;
    // The component of this id; opens its plugin when that has not been done.
    virtual std::expected<const ComponentInfo*, CatalogFailure> find(std::string_view id) = 0;
    // Ids for suggestions, of all plugins that can be found. May open plugins, so it is called after a mistake only.
    virtual std::vector<std::string> ids() = 0;
    // The ports that these settings make (a map as `create` gets it, with per-message settings as they were written). Called only when
    // ports_depend_on_settings. The error is a message about the settings.
    virtual std::expected<Ports, std::string> ports(const ComponentInfo& component, const value::Node& settings) = 0;
    // What is wrong with a queue's URL, seen without opening it: its plugin, or the plugin's own word.
    // One that knows no plugins knows no queues.
    virtual std::optional<QueueMistake> mistake_in_queue(std::string_view kind, std::string_view) {
        return QueueMistake{"there is no plugin " + std::string(kind) + ".so", {}};
    }
    // What a queue of this kind can do.
    virtual QueueAbilities queue_abilities(std::string_view) { return {}; }
    // Reads the store. Nothing where there is none, or it cannot be read, or does not know.
    virtual std::vector<StoredOrder> orders_in_queue(std::string_view, std::string_view, std::string_view) {
        return {};
    }
    // What the component finds wrong with the settings, and what it claims with them; called only when checks_settings.
    virtual std::vector<SettingsMistake> mistakes_in(const ComponentInfo& component, const value::Node& settings,
                                                     std::vector<Claim>& claims) = 0;
};

}  // namespace flowrun::flow

#pragma once
// Components by id, over the plugins in a list of folders: `http.get` lives in http.so, an id without a dot in core.so.
// Opens only the plugins that are asked for. Not thread-safe.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <flowrun/ext/queue.h>
#include <flowrun/plugin.h>

#include "component/library.hh"
#include "flow/catalog.hh"

namespace flowrun::component {

class Catalog final : public flow::Catalog {
public:
    // Folders in order of preference. `host` is what plugins are opened with; it outlives the catalog.
    Catalog(std::vector<std::string> folders, const flowrun_host& host);
    ~Catalog() override;

    std::expected<const flow::ComponentInfo*, flow::CatalogFailure> find(std::string_view id) override;
    std::vector<std::string> ids() override;
    std::expected<flow::Ports, std::string> ports(const flow::ComponentInfo& component,
                                                  const value::Node& settings) override;
    std::vector<flow::SettingsMistake> mistakes_in(const flow::ComponentInfo& component, const value::Node& settings,
                                                   std::vector<flow::Claim>& claims) override;

    std::optional<flow::QueueMistake> mistake_in_queue(std::string_view kind, std::string_view url) override;
    flow::QueueAbilities queue_abilities(std::string_view kind) override;
    std::vector<flow::StoredOrder> orders_in_queue(std::string_view kind, std::string_view url,
                                                   std::string_view name) override;
    // The table of a plugin that keeps queues, whole; the error is a message and perhaps a remedy.
    std::expected<const flowrun_queue_table*, flow::QueueMistake> queue_table(std::string_view kind);
    // The file of a plugin that has been opened.
    const std::string& path_of(std::string_view plugin);

    // What `list` shows: every plugin file found, opened or with the reason why it is not usable.
    struct Listed {
        std::string path;
        std::vector<const flow::ComponentInfo*> components;
        std::string problem;  // empty: none
    };
    std::vector<Listed> list();

    // The table of a component that find() has given.
    const flowrun_component& table(const flow::ComponentInfo& component) const;

private:
    struct Plugin;
    Plugin& plugin(std::string_view name);
    std::vector<std::string> names() const;
    std::string hidden_by(const std::string& first, std::string_view name) const;

    std::vector<std::string> folders_;
    const flowrun_host& host_;
    std::map<std::string, std::unique_ptr<Plugin>, std::less<>> plugins_;
};

}  // namespace flowrun::component

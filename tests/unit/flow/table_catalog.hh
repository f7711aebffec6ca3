#pragma once
// A catalog of components that exist as tables only, for tests.

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "flow/catalog.hh"
#include "flow/schema.hh"
#include "value/json.hh"

namespace flowrun::flow {

class TableCatalog final : public Catalog {
public:
    TableCatalog() {
        add("stdin", R"({"type":"object","properties":{
            "format":{"type":"string","enum":["ndjson","json","lines","raw"],"default":"ndjson"}}})")
            .source = true;
        ComponentInfo& in = info("stdin");
        in.ports = {{}, {{"out", ""}}};
        in.reads_stdin = true;
        add("generate", R"({"type":"object","properties":{
            "count":{"type":"integer","minimum":0,"default":1},
            "value":{},
            "every":{"type":"string","x-duration":true,"default":"0s"}}})")
            .source = true;
        info("generate").ports = {{}, {{"out", ""}}};
        add("stdout", R"({"type":"object","properties":{"format":{"type":"string","default":"ndjson"}}})")
            .writes_stdout = true;
        info("stdout").ports = {{{"in", ""}}, {}};
        add("pass", "");
        add("http.get", R"({"type":"object","required":["url"],"properties":{
            "url":{"type":"string","x-message":true,"minLength":1},
            "headers":{"type":"object","additionalProperties":{"type":"string"},"x-message":true},
            "follow":{"type":"boolean","default":true},
            "timeout":{"type":"string","x-duration":true,"default":"30s","minimum":1000000},
            "max_response":{"type":["string","integer"],"x-size":true,"default":"16MiB"},
            "auth":{"type":"object","additionalProperties":false,"required":["user"],"properties":{
                "user":{"type":"string"},"password":{"type":"string","x-secret":true}}}}})");
        add("exec", R"({"type":"object","required":["argv"],"properties":{
            "argv":{"type":"array","items":{"type":"string"},"minItems":1,"x-message":true},
            "ok_codes":{"type":"array","items":{"type":"integer"},"default":[0]}}})");
        add("filter", R"({"type":"object","required":["when"],"properties":{
            "when":{"type":"boolean","x-expression":true}}})");
        info("filter").ports = {{{"in", ""}}, {{"out", ""}, {"rejected", ""}}};
        add("delay", R"({"type":"object","required":["for"],"properties":{
            "for":{"type":"string","x-duration":true,"x-message":true}}})");
        add("each", R"({"type":"object","properties":{
            "of":{"x-message":true},"emit":{"x-item":true},"wanted":{"x-item":true,"x-expression":true}}})");
        add("db.insert", R"({"type":"object","required":["dsn","table"],"properties":{
            "dsn":{"type":"string","x-secret":true},"table":{"type":"string"},
            "country":{"type":"string"},"version":{"type":"string"},"size":{"type":"number"}}})");
        add("server",
            R"({"type":"object","properties":{"listen":{"type":"string","x-listen":true,"default":"127.0.0.1:80"}}})");
        add("switch", R"({"type":"object","required":["cases"],"properties":{
            "cases":{"type":"object","x-message":true,"additionalProperties":{"type":"boolean","x-expression":true}}}})");
        info("switch").ports_depend_on_settings = true;
        add("tape", R"({"type":"object","required":["path"],"properties":{
            "path":{"type":"string"},"use":{"type":"string","default":"append"}}})")
            .checks_settings = true;
        add("clock", R"({"type":"object","properties":{
            "schedule":{"type":"string"},"zone":{"type":"string","default":"there"},
            "label":{"type":"string","x-message":true,"default":"${msg.id}"}}})")
            .checks_settings = true;
    }

    std::expected<const ComponentInfo*, CatalogFailure> find(std::string_view id) override {
        const auto found = infos_.find(std::string(id));
        if (found != infos_.end()) return &found->second;
        if (id == "old.thing") {
            return std::unexpected(CatalogFailure{CatalogFailure::Code::abi_differs,
                                                  "old.so is built for plugin ABI 7.0, this flowrun has 1.0",
                                                  "build it again"});
        }
        return std::unexpected(
            CatalogFailure{CatalogFailure::Code::unknown, "there is no component '" + std::string(id) + "'", ""});
    }

    std::vector<std::string> ids() override {
        std::vector<std::string> out;
        for (const auto& [id, info] : infos_) out.push_back(id);
        return out;
    }

    std::optional<QueueMistake> mistake_in_queue(std::string_view kind, std::string_view) override {
        if (kind == "sqlite") return std::nullopt;
        return QueueMistake{"there is no plugin " + std::string(kind) + ".so", {}};
    }
    std::vector<SettingsMistake> mistakes_in(const ComponentInfo& component, const value::Node& settings,
                                             std::vector<Claim>& claims) override {
        if (component.id == "tape") {
            const auto text = [&](const char* name) {
                return std::string(settings.member(name) ? *settings.member(name)->as_string() : "");
            };
            const std::string use = text("use");
            claims.push_back({"path", "file:" + text("path").substr(text("path").starts_with("./") ? 2 : 0),
                              text("path"), use == "read", use != "read", use == "append", use == "replace"});
            return {};
        }
        std::vector<SettingsMistake> all;
        const value::Node* const schedule = settings.member("schedule");
        if (schedule && schedule->as_string() == "never") all.push_back({"it never comes", "schedule", "wait"});
        if (schedule && schedule->as_string() == "rarely") all.push_back({"it comes rarely", "schedule", "", true});
        const value::Node* const zone = settings.member("zone");
        if (zone && zone->as_string() == "here") all.push_back({"'zone' cannot be here", "", ""});
        if (!schedule) all.push_back({"it needs a schedule", "", ""});
        const value::Node* const label = settings.member("label");
        if (label && !label->as_string()->starts_with("${")) all.push_back({"the label says nothing", "label", ""});
        return all;
    }

    std::expected<Ports, std::string> ports(const ComponentInfo&, const value::Node& settings) override {
        Ports out{{{"in", ""}}, {}};
        for (const auto [name, condition] : value::entries(*settings.member("cases"))) {
            if (name.as_string() == "bad") return std::unexpected("a case cannot be called 'bad'");
            out.outputs.push_back({std::string(*name.as_string()), std::string(*condition.as_string())});
        }
        return out;
    }

    ComponentInfo& info(const std::string& id) { return infos_.at(id); }

private:
    ComponentInfo& add(const std::string& id, std::string_view schema) {
        ComponentInfo& info = infos_[id];
        info.id = id;
        info.ports = {{{"in", ""}}, {{"out", ""}}};
        auto settings = settings_of(schema);
        if (!settings) throw std::logic_error(id + ": " + settings.error());
        info.settings = std::move(*settings);
        return info;
    }

    std::map<std::string, ComponentInfo> infos_;
};

}  // namespace flowrun::flow

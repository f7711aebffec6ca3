#include "stage.hh"

#include <dlfcn.h>

#include <catch2/catch.hpp>

#include <flowrun/plugin.h>

#include "component/description.hh"

namespace flowrun::engine::test {
namespace {

Stage* on_stage = nullptr;  // create() has no other way to its roles
const flowrun_host* the_host = nullptr;

std::int32_t create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self) {
    the_host = host;
    const value::Node* role = reinterpret_cast<const value::Node*>(settings)->member("role");
    std::string name = role != nullptr ? std::string(role->bytes_view()) : host->node_name(node);
    Role& found = on_stage->roles[name];
    found.node = node;
    ++found.made;
    *self = &found;
    return FLOWRUN_OK;
}
void destroy(void*) {}
std::int32_t handle(void* self, flowrun_call* call, std::uint32_t, const flowrun_value* message) {
    return static_cast<Role*>(self)->handle(*the_host, call, message);
}
std::int32_t handle_batch(void* self, flowrun_call* const* calls, std::uint32_t, const flowrun_value* const* messages,
                          std::int32_t* results, std::uint64_t n) {
    return static_cast<Role*>(self)->handles(*the_host, calls, messages, results, n);
}
std::int32_t run(void* self, flowrun_call* call) { return static_cast<Role*>(self)->run(*the_host, call); }
std::int32_t end(void* self, flowrun_call* call) {
    Role& role = *static_cast<Role*>(self);
    return role.end ? role.end(*the_host, call) : FLOWRUN_OK;
}
std::int32_t commit(void* self) {
    const Role& role = *static_cast<Role*>(self);
    return role.commit ? role.commit(*the_host) : FLOWRUN_OK;
}
void stop(void* self) {
    const Role& role = *static_cast<Role*>(self);
    if (role.stop) role.stop();
}

flowrun_component table(const char* id, std::uint32_t flags) {
    flowrun_component t{};
    t.size = sizeof t;
    t.flags = flags;
    t.id = id;
    t.settings = R"({"type":"object","properties":{"role":{"type":"string"}}})";
    bool source = (flags & FLOWRUN_SOURCE) != 0;
    t.ports = source ? R"({"out":{"out":"","other":""}})" : R"({"in":{"in":""},"out":{"out":"","other":""}})";
    t.create = create;
    t.destroy = destroy;
    t.stop = stop;
    t.commit = commit;
    if (source) {
        t.run = run;
    } else {
        t.handle = handle;
        t.end = end;
    }
    return t;
}

}  // namespace

Stage::Stage() {
    on_stage = this;
    tables_["source"] = table("source", FLOWRUN_SOURCE);
    tables_["node"] = table("node", 0);
    tables_["open"] = table("open", FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE);
    tables_["foreign"] = table("foreign", FLOWRUN_REENTRANT);
    tables_["prompt"] = table("prompt", FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_PROMPT);
    tables_["polite"] = table("polite", FLOWRUN_COOPERATIVE);
    tables_["many"] = table("many", FLOWRUN_COOPERATIVE);
    tables_["many"].handle_batch = handle_batch;
    tables_["swarm"] = table("swarm", FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE);
    tables_["swarm"].handle_batch = handle_batch;
    for (auto& [id, t] : tables_) {
        auto info = component::describe(t, "stage");
        REQUIRE(info.has_value());
        infos_[id] = std::make_unique<flow::ComponentInfo>(std::move(*info));
    }
}

void Stage::bring(const char* plugin) {
    void* const library = ::dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library != nullptr);
    const auto* const entry = static_cast<const flowrun_plugin*>(::dlsym(library, "flowrun_plugin_entry"));
    for (std::uint32_t i = 0; i < entry->component_count; ++i) {
        const flowrun_component& t = *entry->components[i];
        auto info = component::describe(t, plugin);
        REQUIRE(info.has_value());
        tables_[t.id] = t;
        infos_[t.id] = std::make_unique<flow::ComponentInfo>(std::move(*info));
    }
}

Stage::~Stage() { on_stage = nullptr; }

std::expected<const flow::ComponentInfo*, flow::CatalogFailure> Stage::find(std::string_view id) {
    auto found = infos_.find(id);
    if (found == infos_.end()) return std::unexpected(flow::CatalogFailure{});
    return found->second.get();
}
std::vector<std::string> Stage::ids() { return {}; }
std::expected<flow::Ports, std::string> Stage::ports(const flow::ComponentInfo& info, const value::Node&) {
    return info.ports;
}

std::vector<flow::SettingsMistake> Stage::mistakes_in(const flow::ComponentInfo&, const value::Node&,
                                                      std::vector<flow::Claim>&) {
    return {};
}

std::string Stage::mistakes(const std::string& yaml) {
    flow::Source source("stage.yaml", "flowrun: 1\n" + yaml);
    flow::Checked checked = flow::check(flow::read(source), source, *this, {});
    return checked.ok() ? std::string() : flow::to_text(checked.issues, source);
}

const flow::Checked& Stage::check(const std::string& yaml) {
    flow::Source source("stage.yaml", "flowrun: 1\n" + yaml);
    // Calls that a run has left behind may still come back.
    const flow::Checked& checked = checked_.emplace_back(flow::check(flow::read(source), source, *this, {}));
    INFO(flow::to_text(checked.issues, source));
    REQUIRE(checked.ok());
    return checked;
}

Runner::Tables Stage::tables() {
    return
        [this](const flow::ComponentInfo& info) -> const flowrun_component& { return tables_.find(info.id)->second; };
}

std::string Stage::refusal(World& world, const std::string& yaml) {
    Runner runner(world, check(yaml), tables(), nullptr, reports, options);
    const std::vector<StartFailure> failures = runner.create();
    REQUIRE(failures.size() == 1);
    return failures.front().error.message;
}

Outcome Stage::run(World& world, const std::string& yaml, const std::function<void(Runner&)>& meanwhile) {
    const flow::Checked& checked = check(yaml);
    Runner runner(world, checked, tables(), traced ? &spans : nullptr, reports, options);
    REQUIRE(runner.create().empty());
    World::Thread other;
    if (meanwhile) other = world.start("meanwhile", [&] { meanwhile(runner); });
    Outcome outcome = runner.run();
    other.join();
    INFO("ledger");
    CHECK(outcome.ledger.adds_up());
    return outcome;
}

Outcome Stage::run(const std::string& yaml, std::uint64_t seed) {
    Virtual world(seed, [seed] { FAIL("every thread waits for ever with seed " << seed); });
    return run(world, yaml);
}

Role Stage::numbers(int count, Duration every) {
    Role role;
    role.run = [count, every](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        for (int i = 0; i < count; ++i) {
            if (std::int32_t status = host.stopping(call); status != 0) return status;
            value::Value v = *value::parse("{\"n\":" + std::to_string(i) + "}");
            std::int32_t status = host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
            if (status == FLOWRUN_E_CANCELLED) return status;
            if (every != 0 && host.sleep(call, every) != FLOWRUN_OK) return FLOWRUN_E_CANCELLED;
        }
        return FLOWRUN_OK;
    };
    return role;
}

Role Stage::collect(std::vector<std::string>& into) {
    Role role;
    role.handle = [&into](const flowrun_host&, flowrun_call*, const flowrun_value* message) -> std::int32_t {
        into.push_back(text(message));
        return FLOWRUN_OK;
    };
    return role;
}

std::int32_t fail(const flowrun_host& host, flowrun_call* call, std::int32_t code, const std::string& message) {
    flowrun_error error{};
    error.size = sizeof error;
    error.code = code;
    error.message = message.data();
    error.message_size = message.size();
    return host.fail(call, &error);
}

}  // namespace flowrun::engine::test

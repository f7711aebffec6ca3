// What the runner makes of descriptions with something wrong (rude/), and of those of core.so.

#include <catch2/catch.hpp>

#include <cstring>
#include <set>
#include <string>

#include "component/description.hh"
#include "fake_host.hh"

using flowrun::component::describe;
using flowrun::test::FakeHost;

namespace {

std::string problem_of(const std::string& name) {
    const FakeHost host(FLOWRUN_RUDE "/" + name + ".so");
    const auto info = describe(host.component(name + ".pass"), name);
    REQUIRE_FALSE(info);
    return info.error();
}

}  // namespace

TEST_CASE("a description that cannot be read is refused, and says which part of it") {
    CHECK(problem_of("bad_json").find("settings") != std::string::npos);
    CHECK(problem_of("bad_schema").find("strnig") != std::string::npos);
    CHECK(problem_of("bad_ports").find("ports") != std::string::npos);
    CHECK(problem_of("error_port").find("error") != std::string::npos);
}

TEST_CASE("every component of core is described whole") {
    const FakeHost host(FLOWRUN_CORE);
    std::set<std::string> ids;
    for (std::uint32_t i = 0; i < host.plugin().component_count; ++i) {
        const flowrun_component& component = *host.plugin().components[i];
        INFO(component.id);
        ids.insert(component.id);
        const auto info = describe(component, "core.so");
        INFO((info ? "" : info.error()));
        REQUIRE(info);
        CHECK_FALSE(info->summary.empty());
        CHECK(info->summary.back() != '.');
        for (const auto& setting : info->settings) {
            INFO(setting.name);
            CHECK_FALSE(setting.doc.empty());
        }
        for (const auto& port : info->ports.outputs) CHECK_FALSE(port.doc.empty());
        static const std::set<std::string> sources = {"cron", "generate", "signal", "stdin", "ticker"};
        CHECK(info->source == sources.contains(component.id));
    }
    CHECK(ids == std::set<std::string>{"count",    "cron",  "dedupe", "delay",  "distinct", "exec",  "fail",  "filter",
                                       "generate", "group", "join",   "log",    "map",      "pass",  "reply", "signal",
                                       "split",    "stdin", "stdout", "switch", "throttle", "ticker"});
}

// What the runner makes of plugins with something wrong (rude/): each is refused in words that name the file and the
// mistake, before any of its components runs.

#include <catch2/catch.hpp>

#include <sys/resource.h>

#include <string>

#include "component/library.hh"
#include "fake_host.hh"

using flowrun::component::Library;
using flowrun::flow::CatalogFailure;
using Code = CatalogFailure::Code;

namespace {

flowrun_host host_table() {
    flowrun_host host{};
    host.size = sizeof host;
    host.abi_major = FLOWRUN_ABI_MAJOR;
    return host;
}

std::expected<Library, CatalogFailure> open(const std::string& name) {
    static const flowrun_host host = host_table();
    return Library::open(FLOWRUN_RUDE "/" + name + ".so", name, host);
}

void check_refused(const std::string& name, Code code, const std::string& what) {
    INFO(name);
    const auto library = open(name);
    REQUIRE_FALSE(library);
    INFO(library.error().message);
    CHECK(library.error().code == code);
    CHECK(library.error().message.find(name + ".so") != std::string::npos);
    CHECK(library.error().message.find(what) != std::string::npos);
}

}  // namespace

TEST_CASE("files that are no shared object, or only a part of one, are refused and do not harm") {
    check_refused("text", Code::not_a_plugin, "");
    check_refused("stump", Code::not_a_plugin, "");
    check_refused("truncated", Code::not_a_plugin, "");
}

TEST_CASE("a shared object that is no plugin is refused") {
    check_refused("no_symbol", Code::not_a_plugin, "flowrun_plugin_entry");
}

TEST_CASE("a plugin of another ABI is refused, with both versions") {
    check_refused("future", Code::abi_differs, "99.3");
    check_refused("future", Code::abi_differs,
                  std::to_string(FLOWRUN_ABI_MAJOR) + "." + std::to_string(FLOWRUN_ABI_MINOR));
}

TEST_CASE("a plugin of another minor version is taken, and nothing is read beyond what it has") {
    for (const char* name : {"newer", "older"}) {
        const auto library = open(name);
        INFO(name << (library ? "" : library.error().message));
        REQUIRE(library);
        REQUIRE(library->components().size() == 1);
        CHECK(library->components()[0].handle != nullptr);
        CHECK(library->components()[0].stop == nullptr);
    }
}

TEST_CASE("tables with holes are refused") {
    check_refused("null_table", Code::bad_description, "");
    check_refused("null_component", Code::bad_description, "component 1");
    check_refused("null_function", Code::bad_description, "null_function.mute");
    check_refused("null_destroy", Code::bad_description, "null_destroy.lasting");
    check_refused("null_id", Code::bad_description, "");
    check_refused("no_run", Code::bad_description, "no_run.idle");
    check_refused("tiny", Code::bad_description, "");
}

TEST_CASE("names that are taken twice, or belong to another plugin, are refused") {
    check_refused("duplicate", Code::bad_description, "duplicate.pass");
    check_refused("misfit", Code::bad_description, "elsewhere.pass");
}

TEST_CASE("members that mean nothing are refused by name") {
    check_refused("unknown_flag", Code::bad_description, "component 'unknown_flag.pass': `flags`");
    check_refused("odd_id", Code::bad_description, "component 'odd_id.x\\x1b[2J y': `id`");
    check_refused("unflagged", Code::bad_description,
                  "component 'unflagged.from': `run` without the flag FLOWRUN_SOURCE");
    check_refused("null_name", Code::bad_description, "`name` is missing");
    check_refused("wrong_name", Code::bad_description, "`name` is 'right_name'");
}

TEST_CASE("a plugin that says it is not usable is not used") {
    check_refused("refuses", Code::unavailable, "refuses.so");
}

TEST_CASE("a plugin that there are no descriptors or no memory for is not called wrong") {
    const auto with = [](int resource, rlim_t most, const char* name) {
        rlimit before{};
        REQUIRE(::getrlimit(resource, &before) == 0);
        const rlimit less{most, before.rlim_max};
        REQUIRE(::setrlimit(resource, &less) == 0);
        const auto library = open(name);
        REQUIRE(::setrlimit(resource, &before) == 0);
        REQUIRE_FALSE(library);
        INFO(library.error().message);
        CHECK(library.error().code == Code::unavailable);
        CHECK_FALSE(library.error().remedy.empty());
    };
    with(RLIMIT_NOFILE, 0, "older");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    with(RLIMIT_AS, 0, "hang");  // one that is not in memory yet
#endif
}

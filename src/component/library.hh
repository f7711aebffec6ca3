#pragma once
// One plugin file, opened. Never closed again: a component's code may still run when the run has ended.
//
// Opening checks what can be checked before foreign code runs: who may write the file, that it is a whole ELF object of
// this machine; then the symbol, the ABI version and the tables.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <flowrun/plugin.h>

#include "flow/catalog.hh"

namespace flowrun::component {

class Library {
public:
    // `name` is the file's name without ".so": its components are called `name.…`, those of "core" have no dot.
    static std::expected<Library, flow::CatalogFailure> open(const std::string& path, std::string_view name,
                                                             const flowrun_host& host);

    const std::string& path() const { return path_; }
    const std::string& version() const { return version_; }  // as the plugin tells it; may be empty
    // Tables widened to this runner's size; what the plugin did not know is null.
    const std::vector<flowrun_component>& components() const { return components_; }
    // A table of the plugin by its id; nullptr: it has none of that id.
    const void* extension(const char* id) const { return extension_ == nullptr ? nullptr : extension_(id); }

private:
    std::string path_, version_;
    std::vector<flowrun_component> components_;
    const void* (*extension_)(const char* id) = nullptr;
};

}  // namespace flowrun::component

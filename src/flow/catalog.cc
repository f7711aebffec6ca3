#include "flow/catalog.hh"

namespace flowrun::flow {

std::string_view name_of(CatalogFailure::Code code) {
    switch (code) {
        case CatalogFailure::Code::unknown: return "unknown";
        case CatalogFailure::Code::plugin_missing: return "plugin_missing";
        case CatalogFailure::Code::not_a_plugin: return "not_a_plugin";
        case CatalogFailure::Code::abi_differs: return "abi_differs";
        case CatalogFailure::Code::unsafe: return "unsafe";
        case CatalogFailure::Code::bad_description: return "bad_description";
        case CatalogFailure::Code::unavailable: return "unavailable";
    }
    return "unknown";
}

}  // namespace flowrun::flow

// flowrun/cxx/description.hh: what a component says of itself. C++17.
#ifndef FLOWRUN_CXX_DESCRIPTION_HH
#define FLOWRUN_CXX_DESCRIPTION_HH

#include <flowrun/component_table.h>

#include <cstdint>
#include <string>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    // What a component says of itself; component_table.h has the meaning of each. FLOWRUN_SOURCE is added where there is a `run`.
    struct Description {
        const char* id;
        const char* summary;
        const char* doc = nullptr;
        const char* settings = nullptr;  // JSON Schema
        const char* ports = nullptr;     // JSON
        std::uint32_t flags = 0;
    };

    // What is wrong with settings that each fit the schema: a component's `check` gives it.
    struct Mistake {
        std::string message;
        std::string setting = {};  // which of them; empty: they do not go together
        std::string remedy = {};
        bool warning = false;  // a run may be tried all the same
    };

}  // namespace sdk
}  // namespace flowrun
#endif

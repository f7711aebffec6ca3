#pragma once
// A warning of settings that have no effect beside the others.

#include <flowrun/component.hh>

#include <optional>
#include <string>
#include <string_view>

#include "format.hh"

namespace flowrun::formats {

// Of those that say how a stream is written. `own`: of another setting, its name, with `why` it has none.
inline std::optional<sdk::Mistake> idle_warning(sdk::Value settings, std::string_view own = {},
                                                std::string_view why = {}) {
    const std::string idle = own.empty() ? Format::idle(settings) : "'" + std::string(own) + "'";
    if (idle.empty()) return std::nullopt;
    const std::size_t end = idle.find('\'', 1);
    const bool encoding = idle == "'bad_text'";
    const std::string reason = !own.empty() ? std::string(why)
                               : encoding   ? "there is no 'encoding'"
                                            : "the format is " + std::string(settings["format"].string().value_or(""));
    return sdk::Mistake{.message = idle + (idle.size() == end + 1 ? " has" : " have") + " no effect: " + reason,
                        .setting = idle.substr(1, end - 1),
                        .remedy = encoding || !own.empty() ? "leave it out" : "set format: csv, or leave that out",
                        .warning = true};
}

}  // namespace flowrun::formats

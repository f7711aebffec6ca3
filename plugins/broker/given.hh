#pragma once
// The settings of the components that several plugins have alike: those that are evaluated for each message, and `url`.

#include <flowrun/component.hh>
#include <flowrun/cxx/queue.hh>

#include <optional>
#include <string>

namespace flowrun::broker {

// The evaluation of a setting has failed; the call knows how: `return call.setting_status()`.
struct Unset {};

// Absent where it is not set, or null. Throws Unset.
inline sdk::Value given(sdk::Call call, std::uint32_t setting) {
    const sdk::Value value = call.setting(setting);
    if (!value && sdk::is_error(call.setting_status())) throw Unset{};
    return value.is(sdk::Kind::null) ? sdk::Value() : value;
}

// A string or bytes as they are, any other value as JSON; empty where there is none.
inline std::string text_of(sdk::Value value) {
    const auto text = value.text();
    return text ? std::string(*text) : value ? value.json() : std::string();
}
inline std::string given_text(sdk::Call call, std::uint32_t setting) { return text_of(given(call, setting)); }

// What `read` makes of the setting `url`, given as a std::string_view; it throws sdk::QueueError. This throws sdk::Failure (invalid).
template <class Read>
auto url_in(sdk::Value settings, Read&& read) {
    try {
        return read(settings["url"].string().value_or(""));
    } catch (const sdk::QueueError& error) { throw sdk::Failure(sdk::Status::invalid, "setting 'url': " + error.text); }
}

// The same for `check`. One that is not known before the run is looked at then.
template <class Read>
std::optional<sdk::Mistake> mistake_in_url(sdk::Value settings, Read&& read) {
    const auto url = settings["url"].string();
    if (!url || url->find("${") != url->npos) return std::nullopt;
    try {
        static_cast<void>(read(*url));
    } catch (const sdk::QueueError& error) { return sdk::Mistake{error.text, "url"}; }
    return std::nullopt;
}

}  // namespace flowrun::broker

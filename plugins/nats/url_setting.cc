#include "url_setting.hh"

#include <flowrun/cxx/queue.hh>

#include "verbs.hh"

namespace flowrun::nats {

broker::Url url_in(sdk::Value settings) {
    try {
        return url_of(settings["url"].string().value_or(""));
    } catch (const sdk::QueueError& error) { throw sdk::Failure(sdk::Status::invalid, "setting 'url': " + error.text); }
}

// One that is not known before the run is looked at then.
std::optional<sdk::Mistake> mistake_in_url(sdk::Value settings) {
    const auto url = settings["url"].string();
    if (!url || url->find("${") != url->npos) return std::nullopt;
    try {
        static_cast<void>(url_of(*url));
    } catch (const sdk::QueueError& error) { return sdk::Mistake{error.text, "url"}; }
    return std::nullopt;
}

}  // namespace flowrun::nats

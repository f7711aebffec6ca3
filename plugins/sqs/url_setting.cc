#include "url_setting.hh"

#include <flowrun/cxx/queue.hh>

namespace flowrun::sqs {

Place place_in(sdk::Value settings) {
    try {
        return place_of(broker::parse_url(settings["url"].string().value_or("")));
    } catch (const sdk::QueueError& error) { throw sdk::Failure(sdk::Status::invalid, "setting 'url': " + error.text); }
}

// One that is not known before the run is looked at then.
std::optional<sdk::Mistake> mistake_in_url(sdk::Value settings) {
    const auto url = settings["url"].string();
    if (!url || url->find("${") != url->npos) return std::nullopt;
    try {
        static_cast<void>(place_of(broker::parse_url(*url)));
    } catch (const sdk::QueueError& error) { return sdk::Mistake{error.text, "url"}; }
    return std::nullopt;
}

}  // namespace flowrun::sqs

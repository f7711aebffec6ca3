#include "place.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <vector>

namespace flowrun::sqs {
namespace {

[[noreturn]] void wrong(std::string why) { throw sdk::QueueError{FLOWRUN_E_INVALID, std::move(why)}; }

bool is_region(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool is_account(std::string_view text) {
    return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void read_endpoint(std::string_view text, Place& place) {
    const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
    const std::size_t slash = scheme == 0 ? text.npos : text.find('/', scheme);
    place.host = scheme == 0 ? std::string() : std::string(text.substr(scheme, slash - scheme));
    if (place.host.empty() || text.find_first_of("?#@ \r\n") != text.npos)
        wrong("'endpoint' in the URL must be written http://host:port or https://host");
    if (slash != text.npos) place.path = text.substr(slash);
    place.endpoint = text.substr(0, slash);
    place.endpoint += place.path;
    // A port that goes without saying is not said.
    const std::string_view usual = scheme == 8 ? ":443" : ":80";
    if (place.host.ends_with(usual)) place.host.resize(place.host.size() - usual.size());
}

}  // namespace

Place place_of(const broker::Url& url, std::initializer_list<std::string_view> more) {
    if (url.scheme != "sqs") wrong("not a URL of SQS: it begins with sqs://");
    if (url.host.empty()) wrong("the URL names no region: write sqs://eu-central-1");
    if (!url.user.empty() || !url.password.empty())
        wrong("credentials have no place in the URL: they come from the environment or a file (flowrun-sqs(7))");
    if (url.port != 0 || !is_region(url.host))
        wrong("'" + url.host +
              "' is no region: write sqs://eu-central-1, and for a server of one's own "
              "sqs://REGION?endpoint=http://host:port");
    if (!url.path.empty()) wrong("nothing may follow the region: the queue's name is the fragment, #NAME");
    static constexpr std::string_view own[] = {"endpoint", "profile", "account", "ca"};
    for (const auto& [name, value] : url.query) {
        if (std::find(std::begin(own), std::end(own), name) == std::end(own) &&
            std::find(more.begin(), more.end(), name) == more.end())
            wrong("the URL's query has '" + name + "', which means nothing here");
        if (value.empty()) wrong("'" + name + "' in the URL has no value");
    }
    const auto text = [&](std::string_view name) {
        const std::string* const found = url.find(name);
        return found != nullptr ? *found : std::string();
    };
    Place place;
    place.region = url.host;
    place.profile = text("profile");
    place.account = text("account");
    place.ca = text("ca");
    if (!place.account.empty() && !is_account(place.account)) wrong("'account' in the URL must be twelve digits");
    const std::string endpoint = text("endpoint");
    const std::string usual =
        "https://sqs." + place.region + ".amazonaws.com" + (place.region.starts_with("cn-") ? ".cn" : "");
    read_endpoint(endpoint.empty() ? usual : endpoint, place);
    return place;
}

Place plain_place_of(std::string_view url) { return place_of(broker::parse_url(url)); }

}  // namespace flowrun::sqs

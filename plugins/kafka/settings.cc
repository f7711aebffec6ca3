#include "settings.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <array>

namespace flowrun::kafka {
namespace {

constexpr std::uint16_t default_port = 9092;
constexpr std::string_view scheme = "kafka://", passed_mark = "rdkafka.";

[[noreturn]] void wrong(std::string text) { throw sdk::QueueError{FLOWRUN_E_INVALID, std::move(text)}; }

// What this depends on: another value would break what it promises.
constexpr std::string_view ours[] = {"acks",
                                     "auto.commit.enable",
                                     "auto.offset.reset",
                                     "bootstrap.servers",
                                     "enable.auto.commit",
                                     "enable.auto.offset.store",
                                     "enable.idempotence",
                                     "group.id",
                                     "metadata.broker.list",
                                     "partition.assignment.strategy",
                                     "request.required.acks",
                                     "sasl.password",
                                     "sasl.username",
                                     "test.mock.num.brokers",
                                     "transactional.id"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> secured = {
    {{"tls", ""},
     {"ca", "ssl.ca.location"},
     {"cert", "ssl.certificate.location"},
     {"key", "ssl.key.location"},
     {"keypassword", "ssl.key.password"},
     {"mechanism", "sasl.mechanism"},
     {"compression", "compression.type"}}};

// The first host stays in the URL, which is then one like any other; the others are taken out.
std::vector<std::string> take_out_other_hosts(std::string& url) {
    std::vector<std::string> others;
    if (!std::string_view(url).starts_with(scheme)) return others;
    const std::size_t end = std::min(url.find_first_of("/?", scheme.size()), url.size());
    const std::size_t at = url.rfind('@', end);
    const std::size_t begin = at == url.npos || at < scheme.size() || at > end ? scheme.size() : at + 1;
    const std::string hosts = url.substr(begin, end - begin);
    const std::size_t comma = hosts.find(',');
    if (comma == hosts.npos) return others;
    url.erase(begin + comma, end - begin - comma);
    for (std::size_t from = comma + 1; from <= hosts.size();) {
        const std::size_t to = std::min(hosts.find(',', from), hosts.size());
        others.push_back(hosts.substr(from, to - from));
        from = to + 1;
    }
    return others;
}

void read_security(const broker::Url& url, Settings& into) {
    const std::string* const tls = url.find("tls");
    if (tls != nullptr && *tls != "on" && *tls != "off") wrong("'tls' in the URL is on or off");
    const bool secure = tls != nullptr && *tls == "on", known = !url.user.empty();
    for (const std::string_view name : {"ca", "cert", "key", "keypassword"}) {
        if (!secure && url.find(name) != nullptr)
            wrong("'" + std::string(name) + "' is for TLS: add tls=on to the URL");
    }
    if (url.find("mechanism") != nullptr && !known)
        wrong("'mechanism' needs a user in the URL: kafka://user:password@host");
    into.passed.emplace_back("security.protocol",
                             known ? (secure ? "sasl_ssl" : "sasl_plaintext") : (secure ? "ssl" : "plaintext"));
    if (known && url.find("mechanism") == nullptr) into.passed.emplace_back("sasl.mechanism", "SCRAM-SHA-256");
    for (const auto& [name, setting] : secured) {
        const std::string* const value = url.find(name);
        if (value != nullptr && !setting.empty()) into.passed.emplace_back(setting, *value);
    }
    into.user = url.user;
    into.password = url.password;
}

bool is_topic(std::string_view name) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return name.size() <= 240 && name != "." && name != ".." && std::all_of(name.begin(), name.end(), is_plain);
}

}  // namespace

Settings read_settings(std::string_view text) {
    std::string one(text);
    const std::vector<std::string> others = take_out_other_hosts(one);
    broker::Url url = broker::parse_url(one);
    if (url.scheme != "kafka") wrong("not a URL of Kafka: it begins with kafka://");
    if (url.host.empty()) wrong("the URL names no host: write kafka://host:9092");
    if (!is_topic(url.path))
        wrong("'" + url.path + "' cannot be a topic: it has letters, digits, '.', '_' and '-', at most 240");
    Settings made;
    made.servers = url.server(default_port);
    for (const std::string& other : others) {
        const broker::Url host = broker::parse_url(std::string(scheme) + other);
        if (host.host.empty()) wrong("the URL has an empty host between commas");
        made.servers += "," + host.server(default_port);
    }
    made.topic = url.path;
    read_security(url, made);
    std::erase_if(url.query, [&](const auto& option) {
        if (!std::string_view(option.first).starts_with(passed_mark)) return false;
        const std::string name = option.first.substr(passed_mark.size());
        if (std::find(std::begin(ours), std::end(ours), name) != std::end(ours))
            wrong("'" + option.first + "' in the URL cannot be chosen: flowrun sets it itself");
        made.passed.emplace_back(name, option.second);
        return true;
    });
    url.allow_only({"group", "partitions", "replicas", "deliveries", "prefetch", "tls", "ca", "cert", "key",
                    "keypassword", "mechanism", "compression"});
    if (const std::string* const group = url.find("group")) {
        if (group->empty() || group->size() > 240) wrong("'group' in the URL is empty or too long");
        made.group = *group;
    }
    made.partitions = url.number("partitions", 0, 1, 10'000);
    made.replicas = url.number("replicas", -1, 1, 100);
    made.deliveries = url.number("deliveries", 20, 3, 1'000'000);
    made.prefetch = url.number("prefetch", 1024, 1, 100'000);
    static_cast<void>(conf_of(made));
    return made;
}

Settings without_topic(std::string_view url) {
    Settings made = read_settings(url);
    if (!made.topic.empty() || !made.group.empty())
        wrong("neither a topic nor a group may stand in the URL here: they are settings of the node");
    return made;
}

void set(const Conf& conf, const char* name, const std::string& value) {
    char why[512];
    if (rd_kafka_conf_set(conf.get(), name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) wrong(why);
}

Conf conf_of(const Settings& settings) {
    Conf conf(rd_kafka_conf_new());
    set(conf, "bootstrap.servers", settings.servers);
    set(conf, "client.id", "flowrun");
    set(conf, "log_level", "0");  // errors come as events
    set(conf, "topic.metadata.refresh.interval.ms", "60000");
    for (const auto& [name, value] : settings.passed) set(conf, name.c_str(), value);
    if (!settings.user.empty()) {
        set(conf, "sasl.username", settings.user);
        set(conf, "sasl.password", settings.password);
    }
    return conf;
}

Client client_of(Role role, Conf conf) {
    char why[512];
    rd_kafka_t* const made =
        rd_kafka_new(role == Role::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(), why, sizeof why);
    if (made == nullptr) wrong(why);
    static_cast<void>(conf.release());  // made has it
    return Client(made);
}

}  // namespace flowrun::kafka

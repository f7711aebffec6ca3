// http.server: a source that makes a message of each request, and a response of what the flow replies.

#include <flowrun/ext/outlet.h>
#include <flowrun/ext/source.h>
#include <flowrun/component.hh>

#include <boost/asio/ip/address.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <optional>
#include <string>

#include "address.hh"
#include "components.hh"
#include "service.hh"

namespace flowrun::http {
namespace {

using namespace sdk;

ServerSettings settings_of(Node node, Value settings) {
    ServerSettings out;
    out.path = std::string(settings["path"].string().value_or(""));
    for (Value method : settings["methods"].items()) out.methods.emplace_back(method.string().value_or(""));
    out.format = format_of(settings["format"].string().value_or(""));
    out.most_body = settings["max_body"].unsigned_integer().value_or(1 << 20);
    out.most_header = static_cast<std::uint32_t>(settings["max_header"].unsigned_integer().value_or(16 << 10));
    out.concurrency = settings["concurrency"].unsigned_integer().value_or(1000);
    out.connections = settings["connections"].unsigned_integer().value_or(10000);
    out.timeout = std::chrono::nanoseconds(settings["timeout"].integer().value_or(30'000'000'000));
    out.idle = std::chrono::nanoseconds(settings["idle"].integer().value_or(60'000'000'000));
    if (const auto* outlets = node.extension<flowrun_outlet>(FLOWRUN_OUTLET_ID)) {
        out.accepts_only = outlets->kind(node.raw(), 0) == FLOWRUN_OUTLET_ASYNC;
    }
    return out;
}

std::string text_of(Value settings, const char* name) { return std::string(settings[name].string().value_or("")); }

// One that is given and empty asks for it, too: a server without it must be meant.
bool wants_tls(Value settings) {
    return settings["cert"].string() || settings["key"].string() || settings["client_ca"].string();
}

void refuse_unusable(Value settings) {
    (void)address_of(text_of(settings, "listen"));
    const std::string path = text_of(settings, "path");
    if (!path.empty() && path.front() != '/') {
        throw Failure(Status::invalid, "'path' begins with a /: write /" + path);
    }
    if (wants_tls(settings) && (text_of(settings, "cert").empty() || text_of(settings, "key").empty())) {
        throw Failure(Status::invalid, "TLS needs both 'cert' and 'key', each the name of a file");
    }
}

std::unique_ptr<boost::asio::ssl::context> tls_of(Value settings) {
    const std::string certificate = text_of(settings, "cert"), key = text_of(settings, "key"),
                      clients = text_of(settings, "client_ca");
    if (!wants_tls(settings)) return nullptr;
    using Context = boost::asio::ssl::context;
    auto tls = std::make_unique<Context>(Context::tls_server);
    tls->set_options(Context::default_workarounds | Context::no_tlsv1 | Context::no_tlsv1_1 | Context::no_sslv3);
    const auto load = [](const char* what, const std::string& path, auto&& with) {
        boost::system::error_code ec;
        with(path, ec);
        if (ec) throw Failure(Status::unavailable, std::string(what) + " '" + path + "': " + ec.message());
    };
    load("cert", certificate,
         [&](const std::string& path, auto& ec) { (void)tls->use_certificate_chain_file(path, ec); });
    load("key", key,
         [&](const std::string& path, auto& ec) { (void)tls->use_private_key_file(path, Context::pem, ec); });
    if (!clients.empty()) {
        load("client_ca", clients, [&](const std::string& path, auto& ec) { (void)tls->load_verify_file(path, ec); });
        tls->set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
    }
    return tls;
}

std::unique_ptr<Service> service_of(Node node, Value settings) {
    refuse_unusable(settings);
    const std::string listen = text_of(settings, "listen");
    const auto at = address_of(listen);
    auto tls = tls_of(settings);
    try {
        return std::make_unique<Service>(node, settings_of(node, settings), at, std::move(tls));
    } catch (const boost::system::system_error& error) {
        throw Failure(Status::unavailable, "cannot listen on " + listen + ": " + error.code().message());
    }
}

class Server {
public:
    static constexpr Description description = {
        .id = "http.server",
        .summary = "Serves HTTP: each request is a message, the flow's reply is the response",
        .doc =
            "A request becomes {method, path, query, target, headers, body}: path and query decoded, target as it was "
            "sent, the names of headers in lower case, a header that came several times joined by commas, an empty "
            "body null. The response is the reply of the sync chain behind the output: a map of status (a number), "
            "headers and body only, or any other value, which is sent with status 200, as JSON unless it is bytes; "
            "'reply' makes one. Without a reply the status is 204, or 202 when only async edges lead away. An error is "
            "answered "
            "by its code: invalid 400, permanent 422, overflow 429, failed and internal 500, unavailable and cancelled "
            "503, timeout 504, with {\"error\": {code, message, node}}; it does not make the run fail, since the "
            "client "
            "has it. An async edge with overflow: error answers 429 when its queue is full; with block the client "
            "waits. "
            "When the run stops nothing new is taken, and what is in flight is finished.",
        .settings = R"json({"type": "object", "properties": {
            "listen": {"type": "string", "default": "127.0.0.1:8080",
                       "description": "Address and port; [::1]:8080 for IPv6, :8080 for every address, port 0 for any free one (the log says which)"},
            "path": {"type": "string", "description": "The path that is served, or all below one: /orders/*; others get 404; left out: any"},
            "methods": {"type": "array", "items": {"type": "string", "minLength": 1},
                        "description": "The methods that are served, HEAD with GET; others get 405; left out: any"},
            "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                     "description": "What a body is read as; auto: JSON where Content-Type says so, else text, or bytes where it is not UTF-8"},
            "max_body": {"x-size": true, "default": "1MiB", "description": "A larger body gets 413"},
            "max_header": {"x-size": true, "default": "16KiB", "minimum": 256, "maximum": 1048576, "description": "A larger header gets 431"},
            "concurrency": {"type": "integer", "minimum": 1, "default": 1000, "description": "Requests in the flow at once; more get 503"},
            "connections": {"type": "integer", "minimum": 1, "default": 10000, "description": "Clients at once; more wait to be let in"},
            "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0,
                        "description": "Of a request's arrival (then 408), of the flow's answer (504), of taking the response"},
            "idle": {"x-duration": true, "default": "60s", "exclusiveMinimum": 0, "description": "How long a connection is kept without a request"},
            "cert": {"type": "string", "description": "TLS: file of the certificate chain, PEM"},
            "key": {"type": "string", "description": "TLS: file of its private key, PEM"},
            "client_ca": {"type": "string", "description": "TLS: file of the authorities whose clients alone are let in, PEM"}
        }})json",
        .ports = R"({"out": {"out": "The requests"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    Server(Node node, Value settings)
        : node_(node), secure_(settings["cert"].string().has_value()), service_(service_of(node, settings)) {
        if (const auto* source = node.extension<flowrun_source>(FLOWRUN_SOURCE_ID)) {
            source->endless(node.raw());
            source->answers(node.raw());
        }
    }

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        refuse_unusable(settings);
        return std::nullopt;
    }

    Status run(Call call) {
        node_.log(Level::info,
                  "listening on " + std::string(secure_ ? "https://" : "http://") + text_of_address(service_->local()));
        service_->run(call);
        return Status::ok;
    }
    void stop() { service_->stop(); }

private:
    Node node_;
    bool secure_;
    std::unique_ptr<Service> service_;
};

}  // namespace

constinit const flowrun_component server_component = sdk::component<Server>();

}  // namespace flowrun::http

// http.server: a source that makes a message of each request, and a response of what the flow replies.

#include <flowrun/ext/outlet.h>
#include <flowrun/ext/source.h>
#include <flowrun/component.hh>

#include <boost/asio/ip/address.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "address.hh"
#include "components.hh"
#include "formats/joined.hh"
#include "loop_begins.hh"
#include "service.hh"
#include "text.hh"

namespace flowrun::http {
namespace {

using namespace sdk;
using formats::joined;

std::string text_of(Value settings, const char* name) { return std::string(settings[name].string().value_or("")); }

ServerSettings settings_of(Node node, Value settings) {
    ServerSettings out;
    out.routes = routes_of(settings);
    const Value auth = settings["auth"];
    out.admission = {text_of(auth, "bearer"), text_of(auth, "user"), text_of(auth, "password")};
    out.format = format_of(settings["format"].string().value_or(""));
    out.most_body = settings["max_body"].unsigned_integer().value_or(1 << 20);
    // A body grows by doubling the room that it has.
    out.most_bodies =
        std::max(settings["max_bodies"].unsigned_integer().value_or(std::uint64_t{256} << 20), 2 * out.most_body);
    out.most_header = static_cast<std::uint32_t>(settings["max_header"].unsigned_integer().value_or(16 << 10));
    out.concurrency = settings["concurrency"].unsigned_integer().value_or(1000);
    out.connections = settings["connections"].unsigned_integer().value_or(10000);
    out.timeout = std::chrono::nanoseconds(settings["timeout"].integer().value_or(30'000'000'000));
    out.idle = std::chrono::nanoseconds(settings["idle"].integer().value_or(60'000'000'000));
    out.access_log = settings["access_log"].boolean().value_or(false);
    if (const auto* outlets = node.extension<flowrun_outlet>(FLOWRUN_OUTLET_ID)) {
        for (std::uint32_t i = 0; i < out.routes.size(); ++i) {
            out.routes[i].accepts_only = outlets->kind(node.raw(), i) == FLOWRUN_OUTLET_ASYNC;
        }
    }
    return out;
}

// One that is given and empty asks for it, too: a server without it must be meant.
bool wants_tls(Value settings) {
    return settings["cert"].string() || settings["key"].string() || settings["client_ca"].string();
}

// One that is given and lets everybody in is a mistake: a token that is not set, most likely.
void refuse_open_doors(Value settings) {
    const Value auth = settings["auth"];
    const std::string bearer = text_of(auth, "bearer"), user = text_of(auth, "user");
    if (auth["bearer"].string() && bearer.empty()) throw Failure(Status::invalid, "'bearer' of 'auth' is empty");
    if (auth && bearer.empty() && user.empty()) {
        throw Failure(Status::invalid, "'auth' has neither a bearer nor a user, and would let everybody in");
    }
    if (auth["password"].string() && user.empty()) throw Failure(Status::invalid, "'auth' has a password and no user");
    if (!user.empty() && text_of(auth, "password").empty()) {
        throw Failure(Status::invalid, "'auth' has a user without a password");
    }
    if (user.find(':') != user.npos) throw Failure(Status::invalid, "'user' of 'auth' holds a colon, which ends it");
}

ListenSettings listen_settings_of(Value settings) {
    ListenSettings out{text_of(settings, "listen"), 0, settings["reuse_port"].boolean().value_or(false)};
    const bool at_port = path_of_socket(out.at).empty() && !is_handed_socket(out.at);
    if (at_port) (void)address_of(out.at);
    if (!at_port && out.reuse_port) throw Failure(Status::invalid, "'reuse_port' is for a port, and there is none");
    const std::string mode = text_of(settings, "socket_mode");
    const auto [end, error] = std::from_chars(mode.data(), mode.data() + mode.size(), out.mode, 8);
    if (error != std::errc() || end != mode.data() + mode.size() || out.mode > 0777) {
        throw Failure(Status::invalid, "'socket_mode' is '" + mode + "', not three octal digits such as 0660");
    }
    return out;
}

void refuse_unusable(Value settings) {
    refuse_open_doors(settings);
    refuse_unusable_routes(settings);
    (void)listen_settings_of(settings);
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
    const ListenSettings at = listen_settings_of(settings);
    auto tls = tls_of(settings);
    try {
        const LoopBegins begins;
        return std::make_unique<Service>(node, settings_of(node, settings), at, std::move(tls));
    } catch (const boost::system::system_error& error) {
        throw Failure(Status::unavailable, "cannot listen on " + at.at + ": " + error.code().message());
    } catch (const std::system_error& error) {
        throw Failure(Status::unavailable, "cannot serve " + at.at + ": " + error.what());
    }
}

constexpr std::string_view settings_before =
    R"json({"type": "object", "properties": {
            "listen": {"type": "string", "x-listen": true, "default": "127.0.0.1:8080",
                       "description": "Address and port; [::1]:8080 for IPv6, :8080 for every address, port 0 for any free one (the log says which); unix:/path for a Unix socket, which goes with the run, and is taken over where nobody listens to it; fd:NAME for a socket that whoever started the run has opened, as systemd does: by its FileDescriptorName, or fd: where it is the only one"},
            "socket_mode": {"type": "string", "default": "0660", "description": "Who may connect to a Unix socket, as chmod takes it"},
            "reuse_port": {"type": "boolean", "default": false,
                           "description": "Whether other processes that say so may listen on the same port, each with a part of the clients"},
            "path": {"type": "string", "description": "The path that is served, or all below one: /orders/*; others get 404, and a path with dot segments gets 400; left out: any"},
            "methods": {"type": "array", "items": {"type": "string", "minLength": 1},
                        "description": "The methods that are served, HEAD with GET; others get 405; left out: any"},
            "routes": {"type": "object", "description": "Several paths, each with an output of its own, by its name: orders: /orders/* or health: { path: /health, methods: [GET] }; in place of 'path' and 'methods'; the first that fits takes the request; one to which no request would ever come is refused",
                       "additionalProperties": {"type": ["string", "object"], "additionalProperties": false, "properties": {
                         "path": {"type": "string", "description": "The path, or all below one"},
                         "methods": {"type": "array", "items": {"type": "string", "minLength": 1}, "description": "The methods; left out: any"},
                         "signature": {"type": "object", "x-secret": true, "additionalProperties": false, "required": ["header", "secret"],
                          "properties": {)json";
constexpr std::string_view signature_members = R"json(
                           "header": {"type": "string", "description": "The header that holds it"},
                           "secret": {"type": "string", "description": "What both sides know"},
                           "prefix": {"type": "string", "default": "", "description": "What stands before it: sha256="},
                           "encoding": {"type": "string", "enum": ["hex", "base64"], "default": "hex", "description": "How it is written"}},)json";
constexpr std::string_view settings_between = R"json(
                          "description": "As that of the server, for this route alone"}}}},
            "auth": {"type": "object", "x-secret": true, "additionalProperties": false, "properties": {
                         "bearer": {"type": "string", "description": "A token"},
                         "user": {"type": "string", "description": "With 'password': HTTP Basic"},
                         "password": {"type": "string", "description": "Of the user"}},
                     "description": "Who is let in: who has the bearer's token, or the user with the password; others get 401"},
            "signature": {"type": "object", "x-secret": true, "additionalProperties": false, "required": ["header", "secret"],
                          "properties": {)json";
constexpr std::string_view settings_after = R"json(
                     "description": "Requests must be signed, as those of webhooks are, by the HMAC-SHA256 of the body as it is sent; others get 401"},
            "format": {"type": "string", "enum": ["auto", "json", "form", "text", "bytes"], "default": "auto",
                     "description": "What a body is read as; form: a map of what a form sends, as query is, and what is no form gets 400, or 415 when it says so; auto: JSON where Content-Type says so, else text, or bytes where it is not UTF-8"},
            "max_body": {"x-size": true, "default": "1MiB", "description": "A larger body gets 413, also when it is larger only unpacked"},
            "max_bodies": {"x-size": true, "default": "256MiB", "minimum": 1,
                           "description": "Bytes of the bodies of all requests that are arriving or in the flow, unpacked, and of one of max_body in any case; a request beyond gets 503"},
            "max_header": {"x-size": true, "default": "16KiB", "minimum": 256, "maximum": 1048576, "description": "A larger header gets 431"},
            "concurrency": {"type": "integer", "minimum": 1, "default": 1000, "description": "Requests in the flow at once; more get 503"},
            "connections": {"type": "integer", "minimum": 1, "default": 10000, "description": "Clients at once; more wait to be let in"},
            "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0,
                        "description": "Of a request's arrival (then 408), of the flow's answer (504), of taking the response"},
            "idle": {"x-duration": true, "default": "60s", "exclusiveMinimum": 0, "description": "How long a connection is kept without a request"},
            "access_log": {"type": "boolean", "default": false,
                           "description": "Whether each request is logged at info with its response: client, \"method target\", status, bytes of the body, and the time from its first byte on"},
            "cert": {"type": "string", "description": "TLS: file of the certificate chain, PEM"},
            "key": {"type": "string", "description": "TLS: file of its private key, PEM"},
            "client_ca": {"type": "string", "description": "TLS: file of the authorities whose clients alone are let in, PEM"}
        }})json";

class Server {
public:
    static constexpr Description description = {
        .id = "http.server",
        .summary = "Serves HTTP: each request is a message, the flow's reply is the response",
        .doc =
            "A request becomes {method, path, query, target, client, headers, body}: path and query decoded, with a "
            "list "
            "of the values of a name that came several times; target as it was sent; client the address that it came "
            "from (unix over a Unix socket); the names of headers in lower case, a header that came several times "
            "joined by commas; an empty "
            "body null. A body that came as gzip, deflate or zstd is unpacked, within max_body, and its headers are "
            "without Content-Encoding and Content-Length; any other coding gets 415. "
            "Each of 'routes' is an output, in place of 'out'. "
            "The response is the reply of the sync chain behind the output: a map of status (a number from 200 to 599, "
            "or its digits), headers and body only, or any other value, which is sent with status 200, as JSON unless "
            "it is "
            "bytes; "
            "'reply' makes one. A map with another status, and no other member, is answered by 500 and logged as an "
            "error. Without a reply the status is 204, or 202 when only async edges lead away. An error is "
            "answered "
            "by its code: invalid 400, permanent 422, overflow 429, failed and internal 500, unavailable and cancelled "
            "503, timeout 504, with {\"error\": {code, message, node}}; it does not make the run fail, since the "
            "client "
            "has it. An async edge with overflow: error answers 429 when its queue is full; with block the client "
            "waits. "
            "When the run stops nothing new is taken, and what is in flight is finished.",
        .settings = joined<settings_before, signature_members, settings_between, signature_members, settings_after>,
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

    static Status ports_for(Value settings, Build out) {
        out.map().key("out").map();
        for (auto [name, route] : settings["routes"].entries())
            out.key(name).string("Requests for " +
                                 std::string((route.string() ? route : route["path"]).string().value_or("")));
        if (settings["routes"].size() == 0) out.key("out").string("The requests");
        out.end().end();
        return Status::ok;
    }

    Status run(Call call) {
        const std::string at = service_->local();
        const char* const scheme = at.starts_with("unix:") || is_handed_socket(at) ? ""
                                   : secure_                                       ? "https://"
                                                                                   : "http://";
        node_.log(Level::info, "listening on " + (scheme + at));
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

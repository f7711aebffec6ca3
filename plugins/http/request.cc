// http.request, http.get, http.post: ask a server. The call is pending meanwhile; no thread waits.

#include <flowrun/component.hh>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client.hh"
#include "client_request.hh"
#include "components.hh"
#include "formats/joined.hh"
#include "text.hh"
#include "url.hh"

namespace flowrun::http {
namespace {

using namespace sdk;
using formats::joined;

// The settings that all three components share come first, so that a setting has the same number in each.
constexpr std::string_view shared_settings =
    R"({"type": "object", "required": ["url"], "properties": {
        "url": {"type": "string", "x-message": true, "minLength": 1,
                "description": "What to ask, beginning with http:// or https://"},
        "query": {"type": "object", "x-message": true, "additionalProperties": {"x-text": true, "items": {"x-text": true}},
                  "description": "Names and values for the URL's query, encoded as needed; those that are null are left out"},
        "headers": {"type": "object", "x-message": true, "x-secret": true, "additionalProperties": {"x-text": true, "items": {"x-text": true}},
                    "description": "Names and values; those that are null are left out, and so are those that frame a message and are the client's own: Connection, Content-Length, Expect, HTTP2-Settings, Keep-Alive, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade"},
        "output": {"type": "string", "enum": ["body", "response"], "default": "body",
                   "description": "What is sent on: the response's body, or {status, headers, body}; the headers of a body that came encoded are without Content-Encoding and Content-Length, since the body is decoded"},
        "format": {"type": "string", "enum": ["auto", "json", "text", "bytes"], "default": "auto",
                   "description": "What the body is read as; auto: JSON where Content-Type says so, else text, or bytes where it is not UTF-8"},
        "timeout": {"x-duration": true, "default": "30s", "exclusiveMinimum": 0, "description": "Of the whole request, redirects with it"},
        "follow": {"type": "integer", "minimum": 0, "maximum": 50, "default": 5,
                   "description": "How many redirects, to http and https only; 0: none, a redirect is the response; another scheme, host or port is told no given header but Accept, Accept-Language, User-Agent, Content-Type, Content-Encoding, Content-Language and those of the trace"},
        "ok": {"type": "array", "items": {"type": "integer", "minimum": 400, "maximum": 599},
               "description": "Statuses from 400 on that are no failure"},
        "max_response": {"x-size": true, "default": "16MiB", "description": "A larger body is a failure"},
        "auth": {"type": "object", "x-secret": true, "additionalProperties": false, "properties": {
                     "bearer": {"type": "string", "description": "A token"},
                     "user": {"type": "string", "description": "With 'password': HTTP Basic"},
                     "password": {"type": "string", "description": "Of the user"}},
                 "description": "Who asks: bearer, or user and password; not told to another host when redirected"},
        "verify": {"type": "boolean", "default": true, "description": "Whether the server must prove under TLS who it is"},
        "ca": {"type": "string", "description": "TLS: file of the authorities that are trusted, PEM; left out: the system's"},
        "cert": {"type": "string", "description": "TLS: file of the client's certificate, PEM"},
        "key": {"type": "string", "description": "TLS: file of its private key, PEM"},
        "proxy": {"type": "string",
                  "description": "A proxy's URL; empty: none; left out: as http_proxy, https_proxy and no_proxy say"},
        "socket": {"type": "string", "minLength": 1,
                   "description": "Path of a Unix socket by which the server is asked, in place of the URL's host and port; not followed when redirected to another"})";
constexpr std::string_view body_for_any = R"(,
        "body": {"x-message": true,
                 "description": "What to send: a string as it is, any other value as JSON; left out: nothing"})";
constexpr std::string_view body_for_post = R"(,
        "body": {"x-message": true,
                 "description": "What to send: a string as it is, any other value as JSON; left out: the message"})";
constexpr std::string_view method = R"(,
        "method": {"type": "string", "x-message": true, "default": "GET", "description": "GET, PUT, DELETE or any other"})";
constexpr std::string_view end = "}}";

enum Setting : std::uint32_t {
    url_setting = 0,
    query_setting = 1,
    headers_setting = 2,
    body_setting = 16,
    method_setting = 17
};

constexpr const char* doc =
    "The message sent on is the response's body (output: body) or {status, headers, body}; it is also the reply, "
    "unless "
    "what follows has one. A status of 408, 429 or from 500 on, a network error and a timeout are worth trying again, "
    "and the edge's retry heeds Retry-After; any other status from 400 on is permanent. error.detail has the status "
    "and "
    "the beginning of the body. Connections are kept and used again, by HTTP/2 where the server offers it; when one "
    "ends without an answer the request is unavailable, whatever its method, and only the edge's retry sends it again. "
    "gzip, deflate and zstd are unpacked, and a response that is cut off, or whose length cannot be told, is a "
    "failure. traceparent is sent unless a header "
    "of that name is given. "
    "GET and HEAD follow every redirect; other methods follow 307 and 308 as they are and 303 as a GET without the "
    "body, and are permanent failures at 301 and 302, which do not say what is to be sent on.";

constexpr const char* ports = R"({"in": {"in": "Messages"}, "out": {"out": "What the server answered"}})";
constexpr std::uint32_t flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE;

enum class Verb : std::uint8_t { any, get, post };
template <Verb verb>
inline constexpr Description about{"http.request",
                                   "Sends a request to a server and passes on what it answers",
                                   doc,
                                   joined<shared_settings, body_for_any, method, end>,
                                   ports,
                                   flags};
template <>
inline constexpr Description about<Verb::get>{"http.get", "Gets what is at a URL and passes it on",
                                              doc,        joined<shared_settings, end>,
                                              ports,      flags | FLOWRUN_IDEMPOTENT};
template <>
inline constexpr Description about<Verb::post>{"http.post", "Posts each message to a URL and passes on the answer",
                                               doc,         joined<shared_settings, body_for_post, end>,
                                               ports,       flags};

RequestConfiguration configuration_of(Node node, Value settings) {
    const auto text = [](Value map, const char* name) { return std::string(map[name].string().value_or("")); };
    RequestConfiguration configuration(node);
    configuration.ca = text(settings, "ca");
    configuration.cert = text(settings, "cert");
    configuration.key = text(settings, "key");
    configuration.proxy = text(settings, "proxy");
    configuration.has_proxy = settings["proxy"].string().has_value();
    configuration.socket = text(settings, "socket");
    configuration.verify = settings["verify"].boolean().value_or(true);
    configuration.bearer = text(settings["auth"], "bearer");
    configuration.user = text(settings["auth"], "user");
    configuration.password = text(settings["auth"], "password");
    configuration.whole_response = settings["output"].string() == "response";
    configuration.format = format_of(settings["format"].string().value_or(""));
    configuration.timeout = settings["timeout"].integer().value_or(0);
    configuration.follow = static_cast<long>(settings["follow"].integer().value_or(0));
    configuration.most = settings["max_response"].unsigned_integer().value_or(0);
    for (Value status : settings["ok"].items())
        configuration.good.push_back(static_cast<long>(status.integer().value_or(0)));
    return configuration;
}

// With ${…} it depends on the message, and so do its mistakes.
bool is_fixed(std::string_view text) { return text.find("${") == text.npos; }

// What becomes part of a header is one line: with a line end in it, a second header or message could be slipped in.
std::optional<Mistake> mistake_in(Value settings) {
    const auto asks_by = settings["method"].string();
    if (asks_by && is_fixed(*asks_by) && !is_token(*asks_by)) {
        return Mistake{"'" + std::string(*asks_by) + "' is not a method", "method"};
    }
    for (auto [name, value] : settings["headers"].entries()) {
        if (!is_token(name)) return Mistake{"'" + std::string(name) + "' is not the name of a header", "headers"};
        const std::string_view text = value.string().value_or("");
        if (is_fixed(text) && !is_field_value(text)) {
            return Mistake{"the header '" + std::string(name) + "' is not one line of text", "headers"};
        }
    }
    for (const char* part : {"bearer", "user", "password"}) {
        const std::string_view text = settings["auth"][part].string().value_or("");
        if (is_field_value(text)) continue;
        return Mistake{std::string("'") + part + "' of 'auth' is not one line of text", "auth",
                       "see whether the file that it comes from has a line too many"};
    }
    if (settings["auth"]["user"].string().value_or("").find(':') != std::string_view::npos) {
        return Mistake{"'user' of 'auth' holds a colon, which ends it", "auth"};
    }
    return std::nullopt;
}

void refuse_unusable(Value settings) {
    if (const auto mistake = mistake_in(settings)) {
        throw Failure(Status::invalid, "setting '" + mistake->setting + "': " + mistake->message);
    }
    const Value auth = settings["auth"];
    if (!auth["bearer"].string().value_or("").empty() && !auth["user"].string().value_or("").empty()) {
        throw Failure(Status::invalid, "'auth' takes a bearer or a user, not both");
    }
    const auto url = settings["url"].string();
    if (url && is_fixed(*url)) (void)Url(std::string(*url));
}

// The evaluation of a setting has failed; the call knows how.
struct Unset {};

Value given(Call call, std::uint32_t setting) {
    const Value value = call.setting(setting);
    if (!value && is_error(call.setting_status())) throw Unset{};
    return value.is(Kind::null) ? Value() : value;
}

std::string as_text(Value value) {
    const auto text = value.text();
    return text ? std::string(*text) : value.json();
}

template <Verb verb>
class Asker {
public:
    static constexpr Description description = about<verb>;

    Asker(Node node, Value settings) : configuration_(configuration_of(node, settings)), client_(Client::shared(node)) {
        refuse_unusable(settings);
    }
    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        if (auto mistake = mistake_in(settings)) return mistake;
        refuse_unusable(settings);
        return std::nullopt;
    }
    ~Asker() { client_->drop(configuration_); }

    Status handle(Call call, std::uint32_t, Value message) {
        try {
            return ask(call, message);
        } catch (const Unset&) { return call.setting_status(); }
    }

    void stop() {
        stopped_.store(true);
        client_->drop(configuration_);
    }

private:
    static std::string method_of(Call call) {
        if constexpr (verb == Verb::get) return "GET";
        if constexpr (verb == Verb::post) return "POST";
        std::string name = as_text(given(call, method_setting));
        if (!is_token(name)) throw Failure(Status::invalid, "setting 'method': '" + name + "' is not a method");
        return name;
    }

    static std::string url_of(Call call) {
        Url url(as_text(given(call, url_setting)));
        for (auto [name, value] : given(call, query_setting).entries()) {
            if (!value.is(Kind::list) && !value.is(Kind::null)) url.add(name, as_text(value));
            for (Value one : value.items()) url.add(name, as_text(one));
        }
        return url.text();
    }

    static void add_headers(Call call, ClientRequest& request) {
        for (auto [name, value] : given(call, headers_setting).entries()) {
            if (!value.is(Kind::null) && !is_framing(name)) request.add_header(name, as_text(value));
        }
        if (!request.has_header("user-agent")) request.add_header("User-Agent", "flowrun/" FLOWRUN_HTTP_VERSION);
        if (request.has_header("traceparent")) return;
        if (const std::string trace = call.traceparent(); !trace.empty()) request.add_header("traceparent", trace);
    }

    static void add_body(Call call, Value message, ClientRequest& request) {
        if constexpr (verb != Verb::get) {
            Value body = given(call, body_setting);
            if (!body && verb == Verb::any) return;
            if (!body) body = message;
            if (!request.has_header("content-type")) {
                request.add_header("Content-Type", body.is(Kind::string)  ? "text/plain; charset=utf-8"
                                                   : body.is(Kind::bytes) ? "application/octet-stream"
                                                                          : "application/json");
            }
            request.give_body(as_text(body));
        }
    }

    Status ask(Call call, Value message) {
        auto request = std::make_unique<ClientRequest>(configuration_, method_of(call), url_of(call));
        add_headers(call, *request);
        add_body(call, message, *request);
        // Of the call's own deadline the engine tells; the request ends a moment later.
        constexpr std::int64_t moment = 100'000'000;
        std::int64_t left = configuration_.timeout;
        if (call.deadline() != INT64_MAX) left = std::min(left, call.deadline() - configuration_.node.now() + moment);
        request->arrange(left);
        Ticket ticket = call.pend();
        if (!ticket) throw Failure(Status::internal, "a request cannot be sent from here");
        request->belong_to(std::move(ticket));
        client_->take(std::move(request));
        if (stopped_.load()) client_->drop(configuration_);  // it may have come after all were dropped
        return Status::pending;
    }

    const RequestConfiguration configuration_;
    const std::shared_ptr<Client> client_;
    std::atomic<bool> stopped_{false};
};

}  // namespace

constinit const flowrun_component request_component = sdk::component<Asker<Verb::any>>();
constinit const flowrun_component get_component = sdk::component<Asker<Verb::get>>();
constinit const flowrun_component post_component = sdk::component<Asker<Verb::post>>();

}  // namespace flowrun::http

#include "client_request.hh"

#include <algorithm>

#include "coding.hh"
#include "redirect.hh"
#include "status.hh"
#include "text.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

long milliseconds(std::int64_t nanoseconds) {
    constexpr std::int64_t longest = 24LL * 3600 * 1000 * 20;
    return static_cast<long>(std::clamp<std::int64_t>((nanoseconds + 999'999) / 1'000'000, 1, longest));
}

}  // namespace

ClientRequest::ClientRequest(const RequestConfiguration& configuration, std::string method, std::string url)
    : configuration_(configuration), method_(std::move(method)), url_(std::move(url)), asked_(shown(url_)),
      what_(method_ + " " + asked_ + ": "), easy_(curl_easy_init()) {
    if (!easy_) throw Failure(Status::unavailable, "libcurl could not begin a request");
}

void ClientRequest::add_header(std::string_view name, std::string_view value) {
    if (!is_token(name) || !is_field_value(value)) {
        throw Failure(Status::invalid, "setting 'headers': '" + std::string(name) + "' is not one line of text");
    }
    given_.push_back({std::string(name), std::string(value)});
}

bool ClientRequest::has_header(std::string_view name) const {
    return std::any_of(given_.begin(), given_.end(), [&](const Line& line) { return same(line.name, name); });
}

void ClientRequest::add_line(const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
    if (!longer) throw Failure(Status::unavailable, "out of memory");
    (void)headers_.release();
    headers_.reset(longer);
}

template <class T>
void ClientRequest::set(CURLoption option, T value) {
    if (const CURLcode code = curl_easy_setopt(easy(), option, value); code != CURLE_OK) {
        throw Failure(Status::invalid, std::string("the request cannot be made: ") + curl_easy_strerror(code));
    }
}

void ClientRequest::set_text(CURLoption option, const std::string& value) {
    if (!value.empty()) set(option, value.c_str());
}

void ClientRequest::secure() {
    set_text(CURLOPT_CAINFO, configuration_.ca);
    set_text(CURLOPT_SSLCERT, configuration_.cert);
    set_text(CURLOPT_SSLKEY, configuration_.key);
    set(CURLOPT_SSL_VERIFYPEER, configuration_.verify ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, configuration_.verify ? 2L : 0L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (elsewhere_) return;
    if (!configuration_.bearer.empty()) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
        set_text(CURLOPT_XOAUTH2_BEARER, configuration_.bearer);
    } else if (!configuration_.user.empty()) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set_text(CURLOPT_USERNAME, configuration_.user);
        set_text(CURLOPT_PASSWORD, configuration_.password);
    }
}

void ClientRequest::arrange(std::int64_t left) {
    end_ = configuration_.node.now() + left;
    prepare(left);
}

void ClientRequest::prepare(std::int64_t left) {
    curl_easy_reset(easy());
    sends_ = 0;
    error_[0] = '\0';
    set(CURLOPT_URL, url_.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PREREQFUNCTION, &ClientRequest::before_send);
    set(CURLOPT_PREREQDATA, static_cast<void*>(this));
    set(CURLOPT_TIMEOUT_MS, milliseconds(left));
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(left));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_PIPEWAIT, url_.compare(0, 8, "https://") == 0 ? 1L : 0L);
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_WRITEFUNCTION, &ClientRequest::take_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_HEADERFUNCTION, &ClientRequest::take_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_PRIVATE, static_cast<void*>(this));
    if (!elsewhere_) set_text(CURLOPT_UNIX_SOCKET_PATH, configuration_.socket);
    if (configuration_.has_proxy) set(CURLOPT_PROXY, configuration_.proxy.c_str());
    secure();
    if (has_body_) {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDS, body_.data());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
        if (method_ != "POST") set(CURLOPT_CUSTOMREQUEST, method_.c_str());
    } else if (method_ == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (method_ != "GET") {
        set(CURLOPT_CUSTOMREQUEST, method_.c_str());
    }
    headers_.reset();
    // To libcurl "name:" means no such header, and "name;" one without a value.
    for (const Line& line : given_) add_line(line.name + (line.value.empty() ? ";" : ": " + line.value));
    // Not libcurl's own decoding: it takes what is cut off for the whole.
    if (!has_header("accept-encoding")) add_line("Accept-Encoding: " + std::string(known_codings));
    // A second for nothing with each server that does not know it.
    if (has_body_) add_line("Expect:");
    set(CURLOPT_HTTPHEADER, headers_.get());
}

// libcurl sends again by itself when a kept connection ends without a byte: the server may have done what it was asked,
// and how often to try is for the edge to say and to count.
int ClientRequest::before_send(void* self, char*, char*, int, int) {
    auto& mine = *static_cast<ClientRequest*>(self);
    if (mine.sends_++ == 0) return CURL_PREREQFUNC_OK;
    mine.cut_ = Cut::sent_again;
    return CURL_PREREQFUNC_ABORT;
}

bool ClientRequest::is_overdue(std::int64_t now) const {
    constexpr std::int64_t grace = 2'000'000'000;
    return now > end_ && now - end_ > grace;
}

long ClientRequest::status() const {
    long status = 0;
    (void)curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
    return status;
}

bool ClientRequest::is_redirected() const {
    return configuration_.follow > 0 && is_redirect(status()) && !header_.get("location").empty();
}

bool ClientRequest::follow(CURLcode result, Builder& builder) {
    // That the redirect's own body ended too early is nothing to anybody.
    if ((result != CURLE_OK && result != CURLE_PARTIAL_FILE) || !header_.is_whole() || !is_redirected()) {
        return false;
    }
    const long by = status();
    try {
        redirect(std::string(header_.get("location")));
    } catch (const Failure& failure) {
        Failure told(failure.code(), what_ + failure.what());
        builder.map().key("url").string(asked_).key("status").integer(by).end();
        told.detail(builder.finish());
        throw told;
    }
    return true;
}

void ClientRequest::redirect(const std::string& target) {
    if (hops_++ >= configuration_.follow) throw Failure(Status::permanent, "more redirects than 'follow' allows");
    std::string to = redirected(url_, target);
    std::string method = method_after(status(), method_);
    if (method.empty()) {
        throw Failure(Status::permanent, "redirected to " + shown(to) + " by a " + std::to_string(status()) +
                                             ", which does not say whether to send it again there");
    }
    const auto leave_out = [this](auto which) {
        given_.erase(std::remove_if(given_.begin(), given_.end(), which), given_.end());
    };
    if (!is_same_server(url_, to)) {
        elsewhere_ = true;
        leave_out([](const Line& line) { return !is_for_anyone(line.name); });
    }
    if (method != method_) {
        has_body_ = false;
        leave_out([](const Line& line) { return same(std::string_view(line.name).substr(0, 8), "content-"); });
    }
    url_ = std::move(to);
    method_ = std::move(method);
    header_.clear();
    received_.clear();
    const std::int64_t left = end_ - configuration_.node.now();
    if (left <= 0) throw Failure(Status::timeout, text_of(CURLE_OPERATION_TIMEDOUT, {}));
    prepare(left);
}

std::size_t ClientRequest::take_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& mine = *static_cast<ClientRequest*>(self);
    if (mine.is_redirected()) return size;  // nobody reads it
    if (mine.received_.size() + size > mine.configuration_.most) {
        mine.cut_ = Cut::body;
        return 0;
    }
    mine.received_.append(data, size);
    return size;
}

std::size_t ClientRequest::take_header(char* data, std::size_t, std::size_t size, void* self) {
    auto& mine = *static_cast<ClientRequest*>(self);
    if (mine.header_.take({data, size})) return size;
    mine.cut_ = Cut::header;
    return 0;
}

// What libcurl takes for a response and is none, or not all of one.
void ClientRequest::need_whole() const {
    if (!header_.is_whole()) throw Failure(Status::unavailable, what_ + "the response ended within its header");
    const long code = status();
    if (code < 200) {
        throw Failure(Status::failed,
                      what_ + "the server answered " + std::to_string(code) + ", which ends no request");
    }
    if (const std::string mistake = header_.mistake(); !mistake.empty()) throw Failure(Status::failed, what_ + mistake);
    const bool has_body = method_ != "HEAD" && code != 204 && code != 304;
    if (has_body && received_.size() < header_.body_size().value_or(0)) {
        throw Failure(Status::failed, what_ + text_of(CURLE_PARTIAL_FILE, {}));
    }
}

// Once the body is whole.
void ClientRequest::decode() {
    const std::string_view how = header_.get("content-encoding");
    const bool none = method_ == "HEAD" || status() == 204 || status() == 304 ||
                      (received_.empty() && header_.get("content-length") == "0");
    if (how.empty() || none) return;
    const auto codings = codings_of(how);
    if (!codings) {
        throw Failure(Status::permanent, what_ + "the response is coded as '" + std::string(how) +
                                             "', which is none of " + std::string(known_codings));
    }
    switch (http::decode(received_, *codings, configuration_.most)) {
        case Undecoded::none: return;
        case Undecoded::cut: throw Failure(Status::failed, what_ + text_of(CURLE_PARTIAL_FILE, {}));
        case Undecoded::damaged:
            throw Failure(Status::failed, what_ + "the response is not the " + std::string(how) + " that it says");
        case Undecoded::too_large:
            throw Failure(Status::permanent, what_ + "the response is larger than 'max_response' allows");
    }
}

Value ClientRequest::response(long status, Builder& builder) const {
    if (configuration_.whole_response) {
        builder.map().key("status").integer(status).key("headers");
        // The body has been decoded by now; that of HEAD never comes.
        header_.build(builder, method_ != "HEAD" && !header_.get("content-encoding").empty());
        builder.key("body");
    }
    try {
        build_body(builder, configuration_.node.values(), received_, header_.get("content-type"),
                   configuration_.format);
    } catch (const Failure& failure) {
        // A body that is not what it says is the server's mistake, not the message's.
        throw Failure(failure.code() == Status::invalid ? Status::failed : failure.code(), what_ + failure.what());
    }
    if (configuration_.whole_response) builder.end();
    return builder.finish();
}

void ClientRequest::finish(std::unique_ptr<ClientRequest> request, CURLcode result, Builder& builder) {
    ClientRequest& mine = *request;
    const long status = mine.status();
    try {
        if (result != CURLE_OK) throw mine.failure_of(result, builder);
        mine.need_whole();
        const auto& good = mine.configuration_.good;
        if (status >= 400 && std::find(good.begin(), good.end(), status) == good.end()) {
            try {
                mine.decode();
            } catch (const Failure&) {
                mine.received_.clear();  // the status says enough
            }
            throw mine.failure_of_status(status, builder);
        }
        mine.decode();
        mine.sent_on_ = mine.response(status, builder).keep();
    } catch (const Failure& failure) {
        (void)builder.finish();
        return mine.fail(failure);
    }
    if (!mine.sent_on_) return mine.fail(Failure(Status::failed, mine.what_ + "the response makes no value"));
    const Call call = mine.ticket_.call();
    const Status sent = call.emit_async(0, mine.sent_on_.get(), nullptr, &ClientRequest::passed, request.get());
    if (!is_error(sent)) return (void)request.release();
    const auto error = call.last_error();
    passed(request.release(), static_cast<std::int32_t>(sent), nullptr, error ? &error->raw() : nullptr);
}

// The reply is that of what follows, or else the response.
void ClientRequest::passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
    const std::unique_ptr<ClientRequest> mine(static_cast<ClientRequest*>(user));
    if (error) return (void)mine->ticket_.fail(*error);
    const Value own = mine->sent_on_.get();
    (void)mine->ticket_.complete(static_cast<Status>(status), reply ? Value(own.table(), reply) : own);
}

}  // namespace flowrun::http

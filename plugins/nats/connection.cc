#include "connection.hh"

#include <flowrun/cxx/queue.hh>

#include <poll.h>

#include <cerrno>
#include <charconv>
#include <new>
#include <utility>

#include "broker/session.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t longest_wait_ms = 5'000;

struct FreeOptions {
    void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using Options = std::unique_ptr<natsOptions, FreeOptions>;

void must(natsStatus status, std::string_view what) {
    if (status == NATS_OK) return;
    throw sdk::QueueError{FLOWRUN_E_INVALID, std::string(what) + ": " + natsStatus_GetText(status)};
}

const char* or_null(const std::string* text) { return text == nullptr ? nullptr : text->c_str(); }

// What TLS needs.
void secure(natsOptions* options, const broker::Url& url) {
    must(natsOptions_SetSecure(options, true), "TLS");
    if (const std::string* ca = url.find("ca"))
        must(natsOptions_LoadCATrustedCertificates(options, ca->c_str()), "the certificates of 'ca' cannot be read");
    if (const std::string* cert = url.find("cert")) {
        must(natsOptions_LoadCertificatesChain(options, cert->c_str(), or_null(url.find("key"))),
             "'cert' and 'key' cannot be read");
    }
    must(natsOptions_SetExpectedHostname(options, url.host.c_str()), "TLS");
}

Options options_of(const broker::Url& url) {
    natsOptions* made = nullptr;
    must(natsOptions_Create(&made), "libnats");
    Options options(made);
    const std::string server = "nats://" + url.server(default_port);
    must(natsOptions_SetURL(made, server.c_str()), "the URL's host");
    if (!url.user.empty() && url.password.empty()) must(natsOptions_SetToken(made, url.user.c_str()), "token");
    else if (!url.user.empty())
        must(natsOptions_SetUserInfo(made, url.user.c_str(), url.password.c_str()), "user and password");
    if (const std::string* creds = url.find("creds"))
        must(natsOptions_SetUserCredentialsFromFiles(made, creds->c_str(), nullptr), "'creds' cannot be read");
    if (is_secure(url)) secure(made, url);
    // The session makes another connection itself, and knows itself when one is dead.
    must(natsOptions_SetAllowReconnect(made, false), "libnats");
    must(natsOptions_SetPingInterval(made, 0), "libnats");
    must(natsOptions_SetTimeout(made, longest_wait_ms), "libnats");
    must(natsOptions_SetSendAsap(made, true), "libnats");  // without a thread that writes
    must(natsOptions_SetName(made, "flowrun"), "libnats");
    return options;
}

}  // namespace

bool is_secure(const broker::Url& url) {
    const std::string* const tls = url.find("tls");
    return tls != nullptr && *tls == "on";
}

std::string_view body_of(const Msg& msg) {
    const char* const data = natsMsg_GetData(msg.get());
    const int size = natsMsg_GetDataLength(msg.get());
    return data == nullptr || size <= 0 ? std::string_view() : std::string_view(data, static_cast<std::size_t>(size));
}

std::string_view subject_of(const Msg& msg) {
    const char* const text = natsMsg_GetSubject(msg.get());
    return text == nullptr ? "" : text;
}

std::string_view reply_of(const Msg& msg) {
    const char* const text = natsMsg_GetReply(msg.get());
    return text == nullptr ? "" : text;
}

std::string_view header_of(const Msg& msg, const char* name) {
    const char* value = nullptr;
    return natsMsgHeader_Get(msg.get(), name, &value) == NATS_OK && value != nullptr ? value : "";
}

Connection::Connection(const broker::Url& url, Answers how) : how_(how) {
    connect(url);
    natsInbox* inbox = nullptr;
    check(natsInbox_Create(&inbox));
    inbox_ = inbox;
    natsInbox_Destroy(inbox);
    const std::string answers = inbox_ + ".a.*";
    if (how_ == Answers::directly) {
        answers_ = subscribe(answers);
    } else {
        auto shared = std::make_unique<std::shared_ptr<Brought>>(brought_);
        natsSubscription* made = nullptr;
        check(natsConnection_Subscribe(
            &made, connection_.get(), answers.c_str(),
            [](natsConnection*, natsSubscription*, natsMsg* msg, void* user) {
                Brought& to = **static_cast<std::shared_ptr<Brought>*>(user);
                const std::scoped_lock lock(to.mutex);
                to.messages.emplace_back(msg);
                to.wake.set();
            },
            shared.get()));
        answers_.reset(made);
        check(natsSubscription_SetOnCompleteCB(
            made, [](void* user) { delete static_cast<std::shared_ptr<Brought>*>(user); }, shared.release()));
    }
    pulled_ = subscribe(inbox_ + ".p.*");
}

Msg Connection::next_answer() {
    if (how_ == Answers::directly) return next(answers_.get());
    const std::scoped_lock lock(brought_->mutex);
    if (brought_->messages.empty()) {
        brought_->wake.clear();
        return {};
    }
    Msg msg = std::move(brought_->messages.front());
    brought_->messages.pop_front();
    return msg;
}

void Connection::connect(const broker::Url& url) {
    const Options options = options_of(url);
    must(natsOptions_SetEventLoop(
             options.get(), this,
             [](void** user, void* loop, natsConnection*, natsSock socket) {
                 *user = loop;
                 static_cast<Connection*>(loop)->descriptor_ = socket;
                 return NATS_OK;
             },
             [](void*, bool) { return NATS_OK; },
             [](void* user, bool add) {
                 static_cast<Connection*>(user)->wants_to_write_ = add;
                 return NATS_OK;
             },
             [](void*) { return NATS_OK; }),
         "libnats");
    natsConnection* made = nullptr;
    const natsStatus status = natsConnection_Connect(&made, options.get());
    connection_.reset(made);
    if (status != NATS_OK) lost(status);
}

std::unique_ptr<natsSubscription, Connection::Free> Connection::subscribe(const std::string& subject) {
    natsSubscription* made = nullptr;
    check(natsConnection_SubscribeSync(&made, connection_.get(), subject.c_str()));
    std::unique_ptr<natsSubscription, Free> subscription(made);
    check(natsSubscription_SetPendingLimits(made, -1, -1));
    return subscription;
}

void Connection::listen(const std::string& subject, const std::string& group) {
    natsSubscription* made = nullptr;
    check(group.empty() ? natsConnection_SubscribeSync(&made, connection_.get(), subject.c_str())
                        : natsConnection_QueueSubscribeSync(&made, connection_.get(), subject.c_str(), group.c_str()));
    pulled_.reset(made);  // libnats keeps 65,536 messages or 64 MB of it
}

void Connection::check(natsStatus status) const {
    if (status != NATS_OK) lost(status);
}

void Connection::lost(natsStatus status) const {
    natsStatus last = status;
    const char* const detail = nats_GetLastError(&last);
    std::string text = natsStatus_GetText(status);
    if (status == NATS_NO_SERVER) text = "no server can be reached";
    else if (detail != nullptr && *detail != '\0' && status != NATS_CONNECTION_CLOSED)
        text += std::string(": ") + detail;
    switch (status) {
        case NATS_NO_MEMORY: throw std::bad_alloc();
        case NATS_CONNECTION_AUTH_FAILED:
        case NATS_NOT_PERMITTED:
        case NATS_SECURE_CONNECTION_WANTED:
        case NATS_SECURE_CONNECTION_REQUIRED:
        case NATS_SSL_ERROR: throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, text};
        default: throw broker::Lost{text};
    }
}

void Connection::publish(const std::string& subject, const std::string& reply, std::string_view body) {
    const int size = static_cast<int>(body.size());
    natsConnection* const to = connection_.get();
    check(reply.empty() ? natsConnection_Publish(to, subject.c_str(), body.data(), size)
                        : natsConnection_PublishRequest(to, subject.c_str(), reply.c_str(), body.data(), size));
}

bool Connection::publish(const Msg& msg) {
    const natsStatus status = natsConnection_PublishMsg(connection_.get(), msg.get());
    if (status == NATS_MAX_PAYLOAD) return false;
    check(status);
    return true;
}

void Connection::flush() {
    if (wants_to_write_) natsConnection_ProcessWriteEvent(connection_.get());
}

void Connection::read() {
    natsConnection_ProcessReadEvent(connection_.get());
    if (!natsConnection_IsClosed(connection_.get())) return;
    const char* why = nullptr;
    static_cast<void>(natsConnection_GetLastError(connection_.get(), &why));
    throw broker::Lost{why != nullptr && *why != '\0' ? why : "the connection was closed"};
}

Msg Connection::next(natsSubscription* subscription) {
    std::uint64_t waiting = 0;
    if (subscription == nullptr || natsSubscription_QueuedMsgs(subscription, &waiting) != NATS_OK || waiting == 0)
        return {};
    natsMsg* made = nullptr;
    const natsStatus status = natsSubscription_NextMsg(&made, subscription, 0);
    Msg msg(made);
    if (status == NATS_SLOW_CONSUMER) {
        dropped_ = true;
        return next(subscription);
    }
    if (status == NATS_NO_RESPONDERS)
        throw broker::Lost{"nobody answers for JetStream: it is not enabled there (jetstream {}), or not ready"};
    check(status);
    return msg;
}

std::uint64_t Connection::number_of(const Msg& msg) const {
    const std::string_view subject = subject_of(msg);
    std::uint64_t number = 0;
    if (subject.size() > inbox_.size() + 3 && subject.starts_with(inbox_))
        std::from_chars(subject.data() + inbox_.size() + 3, subject.data() + subject.size(), number);
    return number;
}

std::size_t Connection::largest() const {
    const std::int64_t bytes = natsConnection_GetMaxPayload(connection_.get());
    return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

// False: nothing has come for long.
bool Connection::wait() {
    pollfd one{descriptor_, static_cast<short>(POLLIN | (wants_to_write_ ? POLLOUT : 0)), 0};
    if (::poll(&one, 1, static_cast<int>(longest_wait_ms)) == 0) return false;
    if ((one.revents & POLLOUT) != 0) flush();
    if ((one.revents & ~POLLOUT) != 0) read();
    return true;
}

Msg Connection::ask(const std::string& subject, std::string_view body) {
    const std::uint64_t number = ++last_asked_;
    publish(subject, answers(number), body);
    return answer(number);
}

Msg Connection::answer(std::uint64_t number) {
    do {
        flush();
        while (Msg msg = next_answer()) {
            if (number_of(msg) == number) return msg;
        }
    } while (wait());
    throw broker::Lost{"the server does not answer"};
}

}  // namespace flowrun::nats

#include "connection.hh"

#include <flowrun/cxx/queue.hh>

#include <cerrno>

#include "broker/session.hh"

namespace flowrun::redis {
namespace {

constexpr timeval longest_wait{5, 0};

}  // namespace

bool is_passing(std::string_view text) {
    for (const std::string_view passing : {"LOADING", "BUSY", "MASTERDOWN", "READONLY", "TRYAGAIN", "CLUSTERDOWN",
                                           "OOM", "MISCONF", "NOREPLICAS", "UNKILLABLE", "NOSCRIPT", "NOGROUP"}) {
        if (text.starts_with(passing)) return true;
    }
    return false;
}

void throw_error(std::string_view text) {
    if (is_passing(text)) throw broker::Lost{std::string(text), true};
    throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, std::string(text)};
}

Connection::Connection(const broker::Url& url) {
    const int port = url.port != 0 ? url.port : default_port;
    context_.reset(redisConnectWithTimeout(url.host.c_str(), port, longest_wait));
    if (!context_) throw std::bad_alloc();
    if (context_->err != 0) lost();
    redisSetTimeout(context_.get(), longest_wait);
    redisEnableKeepAlive(context_.get());
    if (!url.password.empty()) {
        Words words{"AUTH"};
        if (!url.user.empty()) words.push_back(url.user);
        words.push_back(url.password);
        run(words);
    }
    if (!url.path.empty()) run({"SELECT", url.path});
}

void Connection::lost() const {
    const bool is_there = context_->err == REDIS_ERR_EOF || (context_->err == REDIS_ERR_IO && errno == ECONNRESET);
    throw broker::Lost{context_->errstr, is_there};
}

void Connection::add(const Words& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    texts.reserve(words.size());
    sizes.reserve(words.size());
    for (const std::string_view word : words) {
        texts.push_back(word.data() == nullptr ? "" : word.data());
        sizes.push_back(word.size());
    }
    const int status =
        redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(), sizes.data());
    if (status != REDIS_OK) lost();
}

void Connection::flush() {
    for (int done = 0; done == 0;) {
        if (redisBufferWrite(context_.get(), &done) != REDIS_OK) lost();
    }
}

Reply Connection::read() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK) lost();
    return Reply(static_cast<redisReply*>(reply));
}

Reply Connection::read_good() {
    Reply reply = read();
    if (is_error(*reply)) throw_error(text_of(*reply));
    return reply;
}

void Connection::read_some() {
    if (redisBufferRead(context_.get()) != REDIS_OK) lost();
}

Reply Connection::next() {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) lost();
    return Reply(static_cast<redisReply*>(reply));
}

Reply Connection::run(const Words& words) {
    add(words);
    return read_good();
}

}  // namespace flowrun::redis

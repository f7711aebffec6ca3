#include "client.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

namespace flowrun::postgres {

using namespace sdk;

namespace {

constexpr std::int64_t longest_connect = std::int64_t{10} * 1'000'000'000;

Address checked_address(std::string_view url) {
    try {
        return address_of(url, "postgres", {});
    } catch (const QueueError& error) { throw Failure(Status::invalid, "setting 'url': " + error.text); }
}

Status status_of(const std::string& state) {
    for (const std::string_view passing : {"08", "53", "57", "58", "40", "55", "25006"}) {
        if (state.starts_with(passing)) return Status::unavailable;
    }
    return state.empty() ? Status::unavailable : Status::permanent;
}

}  // namespace

std::optional<Mistake> mistake_in_url(Value url) {
    const std::string_view text = url.string().value_or("");
    if (text.find("${") != text.npos) return std::nullopt;
    try {
        static_cast<void>(address_of(text, "postgres", {}));
    } catch (const QueueError& error) { return Mistake{error.text, "url"}; }
    return std::nullopt;
}

void fail_with(Node node, const Result& result) {
    const std::string state = result.state();
    Builder detail(node.values());
    detail.map().key("sqlstate").string(state);
    const std::pair<const char*, int> more[] = {{"detail", PG_DIAG_MESSAGE_DETAIL},
                                                {"hint", PG_DIAG_MESSAGE_HINT},
                                                {"table", PG_DIAG_TABLE_NAME},
                                                {"column", PG_DIAG_COLUMN_NAME},
                                                {"constraint", PG_DIAG_CONSTRAINT_NAME}};
    for (const auto& [name, field] : more) {
        if (const char* const text = PQresultErrorField(result.get(), field); text != nullptr)
            detail.key(name).string(text);
    }
    Failure failure(status_of(state), result.error());
    failure.detail(detail.end().finish());
    throw failure;
}

Client::Client(Node node, Value url) : node_(node), address_(checked_address(url.string().value_or(""))) {}

void Client::lost() {
    std::string text = connection_ ? PQerrorMessage(connection_.get()) : "";
    connection_.reset();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    throw Failure(Status::unavailable, address_.server + ": " + (text.empty() ? "the connection has ended" : text));
}

void Client::wait(Call call, std::uint32_t events, std::int64_t timeout) {
    const Status status = call.wait_fd(PQsocket(connection_.get()), events, timeout);
    if (status == Status::ok) return;
    connection_.reset();
    if (status == Status::unavailable) throw Failure(status, address_.server + ": it does not answer");
    throw Failure(status, "ended while the server was at work; it ends that too");
}

void Client::connect(Call call) {
    if (connected()) return;
    std::vector<const char*> words, values;
    const auto add = [&](const char* word, const char* value) {
        words.push_back(word);
        values.push_back(value);
    };
    add("fallback_application_name", "flowrun");
    for (const auto& [word, value] : address_.words) add(word.c_str(), value.c_str());
    add("client_encoding", "UTF8");
    add(nullptr, nullptr);
    connection_.reset(PQconnectStartParams(words.data(), values.data(), 0));
    if (!connection_) throw std::bad_alloc();
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
        if (PQstatus(connection_.get()) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) lost();
        wait(call, state == PGRES_POLLING_READING ? FLOWRUN_READ : FLOWRUN_WRITE, longest_connect);
        state = PQconnectPoll(connection_.get());
    }
    PQsetnonblocking(connection_.get(), 1);
    // A server that looks now and then whether somebody still waits (from version 14 on) ends what nobody does.
    if (PQserverVersion(connection_.get()) >= 140000) {
        if (PQsendQuery(connection_.get(), "SET client_connection_check_interval = '2s'") == 0) lost();
        static_cast<void>(answer(call));
    }
}

void Client::send_all(Call call) {
    while (true) {
        const int left = PQflush(connection_.get());
        if (left < 0) lost();
        if (left == 0) return;
        wait(call, FLOWRUN_READ | FLOWRUN_WRITE);
        if (PQconsumeInput(connection_.get()) == 0) lost();
    }
}

// The last result of what was sent, or the first that is an error.
Result Client::answer(Call call) {
    send_all(call);
    Result last(nullptr);
    while (true) {
        while (PQisBusy(connection_.get()) != 0) {
            wait(call, FLOWRUN_READ);
            if (PQconsumeInput(connection_.get()) == 0) lost();
        }
        PGresult* const one = PQgetResult(connection_.get());
        if (one == nullptr) break;
        Result result(one);
        const ExecStatusType status = result.status();
        if (!last.get() || !last.failed()) last = std::move(result);
        if (status == PGRES_COPY_IN) break;
    }
    if (!connected()) lost();
    if (last.get() && last.failed()) fail_with(node_, last);
    return last;
}

Result Client::run(Call call, const std::string& sql, const std::vector<Parameter>& parameters) {
    connect(call);
    std::vector<const char*> values;
    for (const Parameter& one : parameters) values.push_back(one ? one->c_str() : nullptr);
    if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                          nullptr, nullptr, 0) == 0)
        lost();
    return answer(call);
}

void Client::copy(Call call, const std::string& sql, std::string_view data) {
    connect(call);
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0) lost();
    if (const Result begun = answer(call); begun.status() != PGRES_COPY_IN)
        throw Failure(Status::internal, "the server does not want what is to be copied");
    while (!data.empty()) {
        const std::size_t some = std::min<std::size_t>(data.size(), 1U << 20);
        const int taken = PQputCopyData(connection_.get(), data.data(), static_cast<int>(some));
        if (taken < 0) lost();
        if (taken > 0) data.remove_prefix(some);
        send_all(call);
    }
    while (true) {
        const int ended = PQputCopyEnd(connection_.get(), nullptr);
        if (ended < 0) lost();
        if (ended > 0) break;
        wait(call, FLOWRUN_WRITE);
    }
    static_cast<void>(answer(call));
}

Client::Notice Client::next_notice(Call call, Status& status) {
    while (true) {
        if (Notice one(PQnotifies(connection_.get()), &PQfreemem); one) return one;
        status = call.wait_fd(PQsocket(connection_.get()), FLOWRUN_READ);
        if (status != Status::ok) return {nullptr, &PQfreemem};
        if (PQconsumeInput(connection_.get()) == 0) lost();
        static_cast<void>(PQisBusy(connection_.get()));
    }
}

}  // namespace flowrun::postgres

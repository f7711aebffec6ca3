#include "connection.hh"

#include <flowrun/cxx/queue.hh>

#include <poll.h>

#include <algorithm>
#include <climits>
#include <new>
#include <utility>

#include "broker/session.hh"

namespace flowrun::postgres {
namespace {

constexpr std::size_t longest_wait_ms = 5000, slowest_bytes_per_ms = 4096;

std::string one_line(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// False: nothing has moved for so long.
bool moves_within(std::size_t ms, int descriptor, short events) {
    pollfd one{descriptor, events, 0};
    return ::poll(&one, 1, static_cast<int>(std::min<std::size_t>(ms, INT_MAX))) != 0;
}

}  // namespace

bool is_passing(const std::string& state) {
    for (const std::string_view passing : {"08", "53", "57P", "58", "40", "55P03", "25006", "25P0", "22012"}) {
        if (state.starts_with(passing)) return true;
    }
    return state.empty();
}

void throw_error(const Result& result) {
    const std::string state = result.state();
    if (is_passing(state)) throw broker::Lost{result.error()};
    throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, result.error()};
}

Connection::Connection(const Address& address) {
    std::vector<const char*> words, values;
    const auto add_word = [&](const char* word, const char* value) {
        words.push_back(word);
        values.push_back(value);
    };
    add_word("fallback_application_name", "flowrun");
    add_word("tcp_user_timeout", "10000");
    for (const auto& [word, value] : address.words) add_word(word.c_str(), value.c_str());
    add_word("client_encoding", "UTF8");
    add_word(nullptr, nullptr);
    connection_.reset(PQconnectStartParams(words.data(), values.data(), 0));
    if (!connection_) throw std::bad_alloc();
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    connect();
    PQsetnonblocking(connection_.get(), 1);
    PQenterPipelineMode(connection_.get());
}

void Connection::connect() {
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (true) {
        if (PQstatus(connection_.get()) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) lost();
        if (state == PGRES_POLLING_OK) return;
        const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!moves_within(longest_wait_ms, PQsocket(connection_.get()), events)) {
            throw broker::Lost{"it does not answer"};
        }
        state = PQconnectPoll(connection_.get());
    }
}

void Connection::lost() const {
    std::string text = one_line(PQerrorMessage(connection_.get()));
    bool is_there = false;
    for (const char* words : {"starting up", "shutting down", "recovery mode", "not yet accepting"})
        is_there = is_there || text.find(words) != text.npos;
    throw broker::Lost{text.empty() ? "the connection has ended" : std::move(text), is_there};
}

void Connection::add(const Statement& statement, const Values& values) {
    sent_ += values.size();
    if (PQsendQueryPrepared(connection_.get(), statement.name, values.count(), values.pointers(), values.sizes(),
                            values.formats(), 1) == 0)
        lost();
}

void Connection::add(const char* text, const Values& values) {
    sent_ += values.size();
    if (PQsendQueryParams(connection_.get(), text, values.count(), nullptr, values.pointers(), values.sizes(),
                          values.formats(), 1) == 0)
        lost();
}

void Connection::end() {
    if (PQpipelineSync(connection_.get()) == 0) lost();
}

std::string Connection::quoted(std::string_view name) const {
    char* const text = PQescapeIdentifier(connection_.get(), name.data(), name.size());
    if (text == nullptr) throw sdk::QueueError{FLOWRUN_E_INVALID, "'" + std::string(name) + "' cannot be a name here"};
    std::string made = text;
    PQfreemem(text);
    return made;
}

void Connection::wait_for_answer() {
    const std::size_t patience = longest_wait_ms + sent_ / slowest_bytes_per_ms;
    while (PQisBusy(connection_.get()) != 0) {
        const int unsent = PQflush(connection_.get());
        if (unsent < 0) lost();
        const short events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
        if (!moves_within(patience, descriptor(), events)) throw broker::Lost{"it does not answer"};
        if (PQconsumeInput(connection_.get()) == 0) lost();
    }
}

// After each answer there is a nothing; several in a row say that nothing was asked.
Result Connection::read() {
    for (int i = 0; i < 4; ++i) {
        wait_for_answer();
        if (PGresult* const result = PQgetResult(connection_.get()); result != nullptr) {
            sent_ = 0;
            return Result(result);
        }
    }
    if (PQstatus(connection_.get()) == CONNECTION_BAD) lost();
    throw broker::Lost{"its answers are out of step"};
}

std::vector<Result> Connection::read_transaction() {
    std::vector<Result> results;
    for (Result one = read(); one.status() != PGRES_PIPELINE_SYNC; one = read()) results.push_back(std::move(one));
    return results;
}

void Connection::read_end() {
    while (read().status() != PGRES_PIPELINE_SYNC) {}
}

void Connection::prepare(std::initializer_list<const Statement*> statements) {
    for (const Statement* one : statements) {
        if (PQsendPrepare(connection_.get(), one->name, one->text, 0, nullptr) == 0) lost();
    }
    end();
    for (std::size_t i = 0; i < statements.size(); ++i) {
        if (const Result made = read(); made.failed()) throw_error(made);
    }
    read_end();
}

Result Connection::run(const char* text, const Values& values) {
    add(text, values);
    end();
    Result result = read();
    read_end();
    if (result.failed()) throw_error(result);
    return result;
}

// Out of the pipeline, which takes no text of several statements.
void Connection::run_all(const char* text) {
    PQexitPipelineMode(connection_.get());
    if (PQsendQuery(connection_.get(), text) == 0) lost();
    std::unique_ptr<Result> wrong;
    while (true) {
        wait_for_answer();
        PGresult* const one = PQgetResult(connection_.get());
        if (one == nullptr) break;
        if (Result result(one); result.failed() && !wrong) wrong = std::make_unique<Result>(std::move(result));
    }
    PQenterPipelineMode(connection_.get());
    if (wrong) throw_error(*wrong);
}

std::vector<std::string> Connection::notified() {
    if (PQconsumeInput(connection_.get()) == 0) lost();
    static_cast<void>(PQisBusy(connection_.get()));  // reads what has come
    std::vector<std::string> channels;
    while (PGnotify* const one = PQnotifies(connection_.get())) {
        if (one->be_pid != PQbackendPID(connection_.get())) channels.emplace_back(one->relname);
        PQfreemem(one);
    }
    if (PQstatus(connection_.get()) == CONNECTION_BAD) lost();
    return channels;
}

}  // namespace flowrun::postgres

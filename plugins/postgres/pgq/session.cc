#include "session.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "row.hh"

namespace flowrun::pgq {
namespace {

using Kind = broker::Request::Kind;
using postgres::Result;
using postgres::Values;

constexpr std::int64_t microsecond = 1'000, millisecond = 1'000 * microsecond;
constexpr std::size_t most_at_once = 1024, most_bytes_at_once = std::size_t{8} << 20;

std::int64_t us_until(std::int64_t due, std::int64_t wall) {
    return due > wall ? (due - wall + microsecond - 1) / microsecond : 0;
}
std::string_view text_or_null(std::string_view text) { return text.empty() ? std::string_view() : text; }

}  // namespace

Session::Session(const postgres::Address& address, const Settings& settings, broker::Desk& desk)
    : settings_(settings), desk_(desk), connection_(address), statements_(connection_.quoted(settings.table)) {
    open_table();
    const Result oid =
        connection_.run("SELECT ($1::text)::regclass::oid::int8", Values().text(connection_.quoted(settings_.table)));
    channel_ = "flowrun_pgq_" + std::to_string(oid.integer(0, 0));
    if (settings_.takes) connection_.run_all(("LISTEN " + channel_).c_str());
}

void Session::open_table() {
    constexpr const char* missing = R"sql(
        SELECT string_agg(name, ', ') FROM unnest(ARRAY['id', 'created_at', 'started_at', 'locked_until', 'scheduled_for',
            'processed_at', 'consumed_count', 'error_detail', 'payload', 'metadata']) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass($1::text) AND a.attname = name
                                                       AND a.attnum > 0 AND NOT a.attisdropped)
        UNION ALL SELECT to_regclass($1::text)::text)sql";
    const std::string quoted = connection_.quoted(settings_.table);
    Result found = connection_.run(missing, Values().text(quoted));
    if (found.is_null(1, 0) && settings_.makes) {
        make_table(connection_, settings_.table);
        found = connection_.run(missing, Values().text(quoted));
    }
    if (found.is_null(1, 0)) {
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              "there is no table " + quoted +
                                  " in the search path: make it as pgq does, or write ?create=1 into the "
                                  "URL"};
    }
    if (found.is_null(0, 0)) return;
    throw sdk::QueueError{FLOWRUN_E_INVALID,
                          "the table " + quoted + " is none of pgq's: it lacks " + std::string(found.bytes(0, 0))};
}

// --- what is asked for ---

// What is answered is gone: so they are told apart first.
void Session::send(const Requests& requests) {
    constexpr Kind kinds[] = {Kind::push, Kind::ack, Kind::nack, Kind::reject};
    Requests by_kind[4];
    for (const broker::Request* one : requests) by_kind[static_cast<std::size_t>(one->kind)].push_back(one);
    for (const Kind kind : kinds) {
        Requests some;
        std::size_t bytes = 0;
        for (const broker::Request* one : by_kind[static_cast<std::size_t>(kind)]) {
            if (some.size() == most_at_once || bytes > most_bytes_at_once) {
                send_some(kind, std::exchange(some, {}));
                bytes = 0;
            }
            if (std::string why = kind == Kind::push ? refusal_of(one->message) : ""; !why.empty()) {
                desk_.pushed(one->name, FLOWRUN_E_INVALID, why);
                continue;
            }
            some.push_back(one);
            bytes += kind == Kind::push ? one->message.body.size() : 0;
        }
        if (!some.empty()) send_some(kind, some);
    }
}

void Session::send_some(Kind kind, const Requests& requests) {
    switch (kind) {
        case Kind::push: return push(requests);
        case Kind::ack: return answer(statements_.ack, false, requests);
        case Kind::nack: return answer(statements_.nack, true, requests);
        case Kind::reject: return answer(statements_.reject, true, requests);
    }
}

// The ids of those that were put. False: none was, and why.
bool Session::put(const std::string& statement, const Requests& requests, std::set<std::string>& put,
                  std::string& why) {
    const std::int64_t wall = desk_.wall();
    std::vector<std::string> ids, metadata;
    std::vector<std::int64_t> delays;
    std::vector<std::int32_t> attempts;
    std::vector<std::string_view> errors, payloads;
    for (const broker::Request* one : requests) {
        ids.push_back(&statement == &statements_.push ? row_id(one->message.id) : one->message.id);
        metadata.push_back(metadata_of(one->message));
        delays.push_back(us_until(one->message.due, wall));
        attempts.push_back(static_cast<std::int32_t>(one->message.attempts));
        errors.push_back(text_or_null(one->message.error));
        payloads.push_back(one->message.body);
    }
    Values values;
    values.texts({ids.begin(), ids.end()}).int8s(delays).int4s(attempts).texts(errors).texts(payloads);
    values.texts({metadata.begin(), metadata.end()});
    connection_.add(statement.c_str(), values);
    connection_.end();
    const std::vector<Result> results = connection_.read_transaction();
    const Result& result = results.front();
    if (result.failed()) {
        why = result.error();
        if (!result.state().starts_with("22") && !result.state().starts_with("54")) throw_error(result);
        return false;
    }
    for (int i = 0; i < result.rows(); ++i) put.emplace(result.bytes(i, 0));
    return true;
}

// One whose id is there already was put by a connection that was lost before it said so; or it passes here another time, and
// becomes a row of its own.
void Session::push(const Requests& requests) {
    std::set<std::string> there;
    std::string why;
    std::set<std::uint64_t> known;
    for (const broker::Request* one : requests) {
        if (!settings_.doubted->insert(one->name).second) known.insert(one->name);
    }
    if (!put(statements_.push, requests, there, why)) {
        if (requests.size() == 1) {
            settings_.doubted->erase(requests.front()->name);
            desk_.pushed(requests.front()->name, FLOWRUN_E_INVALID, why);
            return;
        }
        for (const broker::Request* one : requests) {
            if (!known.contains(one->name)) settings_.doubted->erase(one->name);
        }
        const auto middle = requests.begin() + static_cast<std::ptrdiff_t>(requests.size() / 2);
        push({requests.begin(), middle});
        push({middle, requests.end()});
        return;
    }
    Requests again;
    for (const broker::Request* one : requests) {
        if (there.erase(row_id(one->message.id)) == 0 && !known.contains(one->name)) again.push_back(one);
    }
    if (!again.empty()) push_again(again);
    tell_others();
    for (const broker::Request* one : requests) {
        settings_.doubted->erase(one->name);
        desk_.pushed(one->name, FLOWRUN_OK, {});
    }
    may_have_ = true;
}

void Session::push_again(const Requests& requests) {
    std::set<std::string> there;
    std::string why;
    if (!put(statements_.push_again, requests, there, why)) throw broker::Lost{why};
}

void Session::answer(const std::string& statement, bool more, const Requests& requests) {
    const std::int64_t wall = desk_.wall();
    std::vector<std::string_view> ids, errors;
    std::vector<std::int32_t> counts, attempts;
    std::vector<std::int64_t> delays;
    for (const broker::Request* one : requests) {
        ids.push_back(one->handle.id);
        counts.push_back(static_cast<std::int32_t>(one->handle.count));
        errors.push_back(text_or_null(one->message.error));
        attempts.push_back(static_cast<std::int32_t>(one->message.attempts));
        delays.push_back(us_until(one->message.due, wall));
    }
    Values values;
    values.texts(ids).int4s(counts);
    if (more) values.texts(errors).int4s(attempts).int8s(delays);
    connection_.add(statement.c_str(), values);
    connection_.end();
    const std::vector<Result> results = connection_.read_transaction();
    const Result& held = results.front();
    if (held.failed()) throw_error(held);
    std::unordered_set<std::string_view> noted;
    for (int i = 0; i < held.rows(); ++i) noted.insert(held.bytes(i, 0));
    if (&statement == &statements_.nack) {
        tell_others();
        may_have_ = true;
    }
    for (const broker::Request* one : requests) {
        const bool is = noted.contains(one->handle.id);
        settings_.out->erase(one->handle.id);
        desk_.settled(one->name, is ? FLOWRUN_OK : FLOWRUN_E_TIMEOUT, is ? "" : "its lease was over");
    }
}

void Session::tell_others() { connection_.run(statements_.notify.c_str(), Values().bytes(channel_)); }

// --- what is taken ---

void Session::fetch(std::size_t most) {
    const std::int64_t now = desk_.now();
    if (!may_have_ && now < next_ask_) return;
    if (now >= next_look_) {
        connection_.run(statements_.poison.c_str(), Values().int4(settings_.poison));
        next_look_ = now + settings_.lease_us * microsecond / 2;
    }
    const auto number = static_cast<std::int32_t>(std::min<std::size_t>(most, most_at_once));
    const Result rows = connection_.run(statements_.take.c_str(), Values().int4(number).int8(settings_.lease_us));
    std::vector<std::string> invalid;
    for (int i = 0; i < rows.rows(); ++i) {
        Taken one = taken_of(rows, i);
        if (!one.is_object) {
            invalid.push_back(one.id);
            continue;
        }
        settings_.out->insert(one.id);
        desk_.deliver(std::move(one.message), {one.id, one.count}, one.again);
    }
    if (!invalid.empty())
        connection_.run(statements_.invalid.c_str(), Values().texts({invalid.begin(), invalid.end()}));
    may_have_ = rows.rows() == number;
    if (may_have_) return;
    next_ask_ = now + (settings_.until_empty ? 100 : settings_.poll_ms) * millisecond;
    const Result state = connection_.run(statements_.state.c_str());
    if (!state.is_null(0, 0))
        next_ask_ = std::min(next_ask_, now + std::max<std::int64_t>(state.integer(0, 0), 1'000) * microsecond);
    const bool empty = rows.rows() == 0 && state.integer(0, 2) == 0 &&
                       state.integer(0, 1) <= static_cast<std::int64_t>(settings_.out->size());
    if (settings_.until_empty && empty) desk_.idle();
}

void Session::renew(const std::vector<broker::Handle>& handles) {
    std::vector<std::string_view> ids;
    std::vector<std::int32_t> counts;
    for (const broker::Handle& one : handles) {
        ids.push_back(one.id);
        counts.push_back(static_cast<std::int32_t>(one.count));
    }
    connection_.run(statements_.renew.c_str(), Values().texts(ids).int4s(counts).int8(settings_.lease_us));
}

// --- what is waited for ---

void Session::wait_for(std::vector<pollfd>& fds) { fds.push_back({connection_.descriptor(), POLLIN, 0}); }

void Session::ready(const std::vector<pollfd>& fds) {
    if (!fds.empty() && fds[0].revents != 0 && !connection_.notified().empty()) may_have_ = true;
}

std::int64_t Session::patience() const {
    if (!settings_.takes) return never;
    return may_have_ ? 0 : std::max<std::int64_t>(next_ask_ - desk_.now(), 0);
}

}  // namespace flowrun::pgq

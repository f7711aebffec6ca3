#include "session.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "lock.hh"
#include "rows.hh"
#include "schema.hh"
#include "statements.hh"

namespace flowrun::postgres {
namespace {

using Kind = broker::Request::Kind;

constexpr std::int64_t microsecond = 1'000, millisecond = 1'000 * microsecond;
constexpr std::size_t most_at_once = 1024, most_bytes_at_once = std::size_t{8} << 20;

// Plans that hold for a table of any size, since what the server knows of a queue's is always old; and an end to what nobody
// waits for any more.
constexpr const char* settings_of_session = R"sql(
SELECT set_config(name, value, false) FROM (VALUES
    ('default_transaction_isolation', 'read committed'), ('jit', 'off'), ('plan_cache_mode', 'force_generic_plan'),
    ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('cpu_index_tuple_cost', '1000'),
    ('statement_timeout', '60s'), ('client_connection_check_interval', '2s')) AS wanted (name, value)
WHERE name IN (SELECT s.name FROM pg_settings s)
)sql";

std::int64_t us_until(std::int64_t due, std::int64_t wall) {
    return due > wall ? (due - wall + microsecond - 1) / microsecond : 0;
}

// What says that two were in each other's way.
bool is_collision(const std::string& state) { return state == "23505" || state.starts_with("40"); }

bool is_of_message(const std::string& state) { return state.starts_with("22") || state.starts_with("54"); }

}  // namespace

// Requests by kind.
struct Session::Parts {
    explicit Parts(const Requests& requests) {
        for (const broker::Request* one : requests) {
            switch (one->kind) {
                case Kind::push: pushes.push_back(one); break;
                case Kind::ack: acks.push_back(one); break;
                case Kind::nack: nacks.push_back(one); break;
                case Kind::reject: rejects.push_back(one); break;
            }
            const bool leaves = one->kind == Kind::ack || one->kind == Kind::reject;
            if (leaves && !one->message.key.empty()) locks.push_back(lock_of(one->message.key));
        }
    }
    bool has_news() const { return !pushes.empty() || !nacks.empty() || !locks.empty(); }
    Requests pushes, acks, nacks, rejects;
    std::vector<std::int64_t> locks;  // of the keys of what leaves the queue
};

Session::Session(const Address& address, const Settings& settings, broker::Desk& desk)
    : settings_(settings), desk_(desk), connection_(address) {
    make_schema(connection_);
    queue_ = make_queue(connection_, settings_.name);
    channel_ = "flowrun_" + std::to_string(queue_);
    connection_.run(settings_of_session);
    open_account();
    namespace s = statements;
    connection_.prepare({&s::push, &s::ack, &s::nack, &s::reject, &s::renew, &s::unlock, &s::notify});
    if (settings_.takes) listen();
}

void Session::listen() {
    namespace s = statements;
    connection_.prepare({&s::due, settings_.by_key ? &s::take_by_key : &s::take, &s::behind, &s::next, &s::asleep});
    connection_.run_all(("LISTEN " + channel_).c_str());
}

// The row in which this queue of this process counts, and what it says of the last batch. The transaction of an earlier
// connection that is still under way has the row: it is waited for. Rows of processes that are long gone are added up.
void Session::open_account() {
    connection_.run(R"sql(
        WITH old AS (
            DELETE FROM flowrun.accounts
            WHERE queue = $1::int4 AND owner NOT IN (0, $2::int8) AND seen < now() - interval '1 day' RETURNING *)
        INSERT INTO flowrun.accounts AS a (queue, owner, pushed, put, acked, buried, taken, dead_taken)
        SELECT $1::int4, 0, sum(pushed), sum(put), sum(acked), sum(buried), sum(taken), sum(dead_taken)
        FROM old HAVING count(*) > 0
        ON CONFLICT (queue, owner) DO UPDATE SET
            pushed = a.pushed + excluded.pushed, put = a.put + excluded.put, acked = a.acked + excluded.acked,
            buried = a.buried + excluded.buried, taken = a.taken + excluded.taken,
            dead_taken = a.dead_taken + excluded.dead_taken)sql",
                    Values().int4(queue_).int8(settings_.owner));
    const Result mine = connection_.run(R"sql(
        INSERT INTO flowrun.accounts (queue, owner) VALUES ($1::int4, $2::int8)
        ON CONFLICT (queue, owner) DO UPDATE SET epoch = accounts.epoch + 1, seen = now()
        RETURNING epoch, batch)sql",
                                        Values().int4(queue_).int8(settings_.owner));
    epoch_ = static_cast<std::int32_t>(mine.integer(0, 0));
    noted_ = mine.integer(0, 1) == settings_.last->number;
    if (!noted_) settings_.last->names.clear();
}

// --- what is asked for ---

bool Session::was_noted(const broker::Request& request) {
    return noted_ && settings_.last->names.erase({request.kind == Kind::push, request.name}) != 0;
}

void Session::send(const Requests& requests) {
    Requests some;
    std::size_t bytes = 0;
    for (const broker::Request* one : requests) {
        if (was_noted(*one)) {
            if (one->kind == Kind::push) desk_.pushed(one->name, FLOWRUN_OK, {});
            else desk_.settled(one->name, FLOWRUN_OK, {});
            continue;
        }
        const std::size_t size = one->kind == Kind::push ? one->message.body.size() + one->message.error.size() : 0;
        if (!some.empty() && (some.size() == most_at_once || bytes + size > most_bytes_at_once)) {
            transact(some);
            some.clear();
            bytes = 0;
        }
        some.push_back(one);
        bytes += size;
    }
    if (!some.empty()) transact(some);
    noted_ = false;
}

// All of them, or where the server refuses one, each half by itself.
void Session::transact(const Requests& requests) {
    const Parts parts(requests);
    ++settings_.last->number;
    settings_.last->names.clear();
    for (const broker::Request* one : requests) settings_.last->names.emplace(one->kind == Kind::push, one->name);
    std::string state, why;
    if (ask(parts, state, why)) return;
    if (is_passing(state)) throw broker::Lost{why};
    if (requests.size() > 1) {
        const auto middle = requests.begin() + static_cast<std::ptrdiff_t>(requests.size() / 2);
        transact({requests.begin(), middle});
        transact({middle, requests.end()});
        return;
    }
    if (!is_of_message(state)) throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, why};
    const broker::Request& one = *requests.front();
    if (one.kind == Kind::push) desk_.pushed(one.name, FLOWRUN_E_INVALID, why);
    else desk_.settled(one.name, FLOWRUN_E_UNAVAILABLE, why);
}

void Session::add_pushes(const Parts& parts) {
    Columns columns;
    const std::int64_t wall = desk_.wall();
    for (const broker::Request* one : parts.pushes) columns.add(one->message, us_until(one->message.due, wall));
    Values values;
    values.int4(queue_).int8(settings_.owner).int8(settings_.last->number).int4(epoch_);
    values.int8(static_cast<std::int64_t>(parts.pushes.size()));
    columns.give(values);
    connection_.add(statements::push, values);
}

void Session::add_answers(const Parts& parts) {
    const std::int64_t wall = desk_.wall();
    const auto add = [&](const Statement& statement, const Requests& requests) {
        if (requests.empty()) return;
        std::vector<std::int64_t> numbers, delays;
        std::vector<std::int32_t> given, attempts;
        std::vector<std::string_view> errors;
        for (const broker::Request* one : requests) {
            numbers.push_back(static_cast<std::int64_t>(one->message.number));
            given.push_back(static_cast<std::int32_t>(one->handle.count));
            delays.push_back(us_until(one->message.due, wall));
            attempts.push_back(static_cast<std::int32_t>(one->message.attempts));
            errors.push_back(text_or_null(one->message.error));
        }
        Values values;
        values.int4(queue_).int8(settings_.owner).int8(settings_.last->number).int4(epoch_);
        values.int8s(numbers).int4s(given);
        if (&statement == &statements::nack) values.int8s(delays);
        if (&statement != &statements::ack) values.int4s(attempts).byteas(errors);
        connection_.add(statement, values);
    };
    add(statements::ack, parts.acks);
    add(statements::nack, parts.nacks);
    add(statements::reject, parts.rejects);
    if (!parts.locks.empty()) connection_.add(statements::unlock, Values().int4(queue_).int8s(parts.locks));
}

// One transaction, and a word to who waits for news, which must come after it. False: it has failed, and changed nothing.
bool Session::ask(const Parts& parts, std::string& state, std::string& why) {
    if (!parts.pushes.empty()) add_pushes(parts);
    add_answers(parts);
    connection_.end();
    if (parts.has_news()) {
        connection_.add(statements::notify, Values().bytes(channel_));
        connection_.end();
    }
    hear_news();
    std::vector<Result> results = connection_.read_transaction();
    unread_ += parts.has_news() ? 1 : 0;
    for (const Result& one : results) {
        if (!one.failed()) continue;
        state = one.state();
        why = one.error();
        return false;
    }
    if (!parts.pushes.empty() && results.front().affected() != parts.pushes.size())
        throw broker::Lost{"a newer connection has taken its place"};
    std::unordered_set<std::int64_t> held;
    for (const Result& one : results) {
        for (int row = 0; row < one.rows() && one.columns() == 1; ++row) held.insert(one.integer(row, 0));
    }
    settings_.last->names.clear();
    for (const broker::Request* one : parts.pushes) desk_.pushed(one->name, FLOWRUN_OK, {});
    for (const Requests* kind : {&parts.acks, &parts.nacks, &parts.rejects}) {
        for (const broker::Request* one : *kind) {
            const bool is = held.contains(static_cast<std::int64_t>(one->message.number));
            desk_.settled(one->name, is ? FLOWRUN_OK : FLOWRUN_E_TIMEOUT, is ? "" : "its lease was over");
        }
    }
    if (parts.has_news()) may_have_ = true;
    return true;
}

// The answers to what was said and not waited for.
void Session::hear_news() {
    for (; unread_ != 0; --unread_) connection_.read_end();
}

// --- what is taken ---

void Session::fetch(std::size_t most) {
    const std::int64_t now = desk_.now();
    const bool looks = now >= next_look_;
    if (!may_have_ && !looks && now < next_ask_) return;
    const bool dues = looks || now >= next_due_;
    const auto number = static_cast<std::int32_t>(std::min<std::size_t>(most, most_at_once));
    const std::int32_t window = number * 4 + 64;
    const bool tidies = settings_.by_key && crowded_;
    if (dues) connection_.add(statements::due, Values().int4(queue_).int8(settings_.owner).int4(settings_.poison));
    if (looks && settings_.by_key) connection_.add(statements::asleep, Values().int4(queue_));
    if (tidies) connection_.add(statements::behind, Values().int4(queue_).int4(window));
    Values taking;
    taking.int4(queue_).int8(settings_.owner).int4(settings_.by_key ? window : number).int8(settings_.lease_us);
    if (settings_.by_key) taking.int4(number);
    connection_.add(settings_.by_key ? statements::take_by_key : statements::take, taking);
    connection_.end();
    hear_news();
    const std::vector<Result> results = connection_.read_transaction();
    for (const Result& one : results) {
        if (!one.failed()) continue;
        if (!is_collision(one.state())) throw_error(one);
        next_ask_ = now + 10 * millisecond;
        may_have_ = false;
        return;
    }
    if (looks) next_look_ = now + settings_.lease_us * microsecond / 2;
    if (dues && !results.empty() && results[0].integer(0, 1) > 0)
        desk_.buried(static_cast<std::uint64_t>(results[0].integer(0, 1)));
    if (results.empty()) throw broker::Lost{"an answer that makes no sense"};
    const std::size_t n = results.size();
    const bool tidied = tidies && n >= 2 && results[n - 2].integer(0, 0) != 0;
    found(deliver(results[n - 1]), static_cast<std::size_t>(number), tidied, results[n - 1]);
}

// As they come they are in no order.
std::size_t Session::deliver(const Result& rows) {
    std::vector<Given> all;
    for (int i = 0; i < rows.rows(); ++i) all.push_back(given_of(rows, i));
    std::sort(all.begin(), all.end(),
              [](const Given& a, const Given& b) { return a.message.number < b.message.number; });
    for (Given& one : all) {
        const std::string number = std::to_string(one.message.number);
        desk_.deliver(std::move(one.message), {number, one.count}, one.again);
    }
    return all.size();
}

// By key, what there is may lie behind what cannot be taken: until there is nothing more to put aside, it is asked for again.
void Session::found(std::size_t got, std::size_t most, bool tidied, const Result& rows) {
    const bool waits = got != 0 && rows.integer(0, 15) != 0;
    const bool first_time = settings_.by_key && !crowded_ && got < most;
    may_have_ = (got == most && waits) || tidied || first_time;
    crowded_ = settings_.by_key && got < most;
    if (may_have_) return;
    next_due_ = next_ask_ = desk_.now() + 100 * millisecond;
    if (got == 0) rest();
}

// What waits and was not given out although there was room, somebody else has his hand on.
void Session::rest() {
    constexpr std::int64_t soon = 100 * millisecond, at_once = 10 * millisecond,
                           longest = std::int64_t{3600} * 1'000'000;
    connection_.add(statements::next, Values().int4(queue_).int8(settings_.owner).int4(settings_.until_empty ? 1 : 0));
    connection_.end();
    const std::vector<Result> results = connection_.read_transaction();
    if (results.empty()) throw broker::Lost{"an answer that makes no sense"};
    const Result& next = results.front();
    if (next.failed()) throw_error(next);
    const std::int64_t now = desk_.now();
    next_due_ =
        next.is_null(0, 0) ? never : now + std::clamp<std::int64_t>(next.integer(0, 0), 0, longest) * microsecond;
    next_ask_ = next_due_ == never ? never : next_due_ + millisecond;
    if (settings_.until_empty) next_ask_ = std::min(next_ask_, now + soon);
    if (next.integer(0, 1) != 0) next_ask_ = std::min(next_ask_, now + (settings_.by_key ? soon : at_once));
    if (settings_.until_empty && next.integer(0, 2) != 0) desk_.idle();
}

void Session::renew(const std::vector<broker::Handle>& handles) {
    std::vector<std::int64_t> numbers;
    std::vector<std::int32_t> given;
    for (const broker::Handle& one : handles) {
        numbers.push_back(std::stoll(one.id));
        given.push_back(static_cast<std::int32_t>(one.count));
    }
    connection_.add("SELECT set_config('synchronous_commit', 'off', true)", {});
    connection_.add(statements::renew,
                    Values().int8(settings_.owner).int8(settings_.lease_us).int8s(numbers).int4s(given));
    connection_.end();
    hear_news();
    for (const Result& one : connection_.read_transaction()) {
        if (one.failed()) throw_error(one);
    }
}

// --- what is waited for ---

void Session::wait_for(std::vector<pollfd>& fds) {
    hear_news();
    fds.push_back({connection_.descriptor(), POLLIN, 0});
}

void Session::ready(const std::vector<pollfd>& fds) {
    if (fds.empty() || fds[0].revents == 0) return;
    if (connection_.notified().empty()) return;
    may_have_ = true;
}

std::int64_t Session::patience() const {
    if (!settings_.takes) return never;
    if (may_have_) return 0;
    return std::max<std::int64_t>(std::min(next_ask_, next_look_) - desk_.now(), 0);
}

}  // namespace flowrun::postgres

#include "session.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

#include "entry.hh"
#include "scripts.hh"

namespace flowrun::redis {
namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::size_t most_at_once = 256;  // answers that a script is given: the server does nothing else meanwhile

std::string ms_until(std::int64_t due, std::int64_t wall) {
    return std::to_string(due > wall ? (due - wall + millisecond - 1) / millisecond : 0);
}

}  // namespace

void make_queue(Connection& connection, std::string_view name, const Names& names) {
    connection.run({"SADD", all_queues, name});
    connection.add({"XGROUP", "CREATE", names.messages, group, "0", "MKSTREAM"});
    const Reply made = connection.read();
    if (is_error(*made) && !text_of(*made).starts_with("BUSYGROUP")) throw_error(text_of(*made));
}

Session::Session(const broker::Url& url, const Settings& settings, broker::Desk& desk)
    : settings_(settings), names_(settings.name), desk_(desk), asks_(url), watches_(url) {
    make_queue(asks_, settings_.name, names_);
    take_back_ = load(asks_, take_back_script);
    ack_ = load(asks_, ack_script);
    nack_ = load(asks_, nack_script);
    reject_ = load(asks_, reject_script);
    renew_ = load(asks_, renew_script);
}

// A kind of answer, and what its script is told beside id and count.
struct Session::Kind {
    broker::Request::Kind kind;
    const std::string& script;
    void (*more)(const broker::Request& request, std::int64_t wall, std::vector<std::string>& words);
};

void Session::send(const Requests& requests) {
    const std::int64_t wall = desk_.wall();
    Requests pushes;
    for (const broker::Request* request : requests) {
        if (request->kind != broker::Request::Kind::push) continue;
        const std::vector<std::string> words = add_command(names_.messages, request->message);
        asks_.add({words.begin(), words.end()});
        pushes.push_back(request);
    }
    const Kind kinds[] = {
        {broker::Request::Kind::ack, ack_, [](const broker::Request&, std::int64_t, std::vector<std::string>&) {}},
        {broker::Request::Kind::nack, nack_,
         [](const broker::Request& request, std::int64_t at, std::vector<std::string>& words) {
             words.push_back(ms_until(request.message.due, at));
             words.push_back(std::to_string(request.message.attempts));
             words.push_back(request.message.error);
         }},
        {broker::Request::Kind::reject, reject_,
         [](const broker::Request& request, std::int64_t, std::vector<std::string>& words) {
             words.push_back(std::to_string(request.message.attempts));
             words.push_back(request.message.error);
         }}};
    std::vector<Requests> asked;
    bool asked_any_nack = false;
    for (const Kind& kind : kinds) {
        Requests some;
        for (const broker::Request* request : requests) {
            if (request->kind == kind.kind) some.push_back(request);
            if (some.size() < most_at_once && (request != requests.back() || some.empty())) continue;
            if (some.empty()) continue;
            add_answers(kind, some, wall);
            asked_any_nack = asked_any_nack || kind.kind == broker::Request::Kind::nack;
            asked.push_back(std::exchange(some, {}));
        }
    }
    if (asked_any_nack) next_back_ = 0;
    for (const broker::Request* push : pushes) read_push(*push);
    for (const Requests& some : asked) read_answers(some);
}

void Session::add_answers(const Kind& kind, const Requests& requests, std::int64_t wall) {
    std::vector<std::string> words;
    for (const broker::Request* request : requests) {
        words.push_back(request->handle.id);
        words.push_back(std::to_string(request->handle.count));
        kind.more(*request, wall, words);
    }
    Connection::Words command = call_of(kind.script, names_);
    command.push_back(settings_.consumer);
    command.insert(command.end(), words.begin(), words.end());
    asks_.add(command);
}

void Session::read_push(const broker::Request& request) {
    static_cast<void>(asks_.read_good());
    desk_.pushed(request.name, FLOWRUN_OK, {});
}

void Session::read_answers(const Requests& requests) {
    const Reply held = asks_.read_good();
    for (std::size_t i = 0; i < requests.size() && i < held->elements; ++i) {
        const bool is = held->element[i]->integer == 1;
        desk_.settled(requests[i]->name, is ? FLOWRUN_OK : FLOWRUN_E_TIMEOUT, is ? "" : "its lease was over");
    }
}

// What was given out before comes first: something new only where there is no more of that. As long as new ones come it is
// looked for now and then.
void Session::fetch(std::size_t most) {
    const std::int64_t now = desk_.now();
    if (!may_have_ && now < std::min(next_ask_, next_look_)) return;
    std::size_t got = 0;
    bool asked_back = now >= std::min(next_back_, next_look_);
    if (asked_back) got = take_back(most);
    if (got < most) got += take_new(most - got);
    // Before it waits, it looks at both.
    if (got < most && !asked_back) got += take_back(most - got);
    found(got, got < most);
}

std::size_t Session::take_back(std::size_t most) {
    constexpr std::int64_t now_and_then = 100 * millisecond;
    const std::int64_t now = desk_.now();
    const bool looks = now >= next_look_;
    const std::string n = std::to_string(most), lease = std::to_string(settings_.lease_ms);
    const std::string poison = std::to_string(settings_.poison);
    Connection::Words command = call_of(take_back_, names_);
    for (const std::string_view word :
         {std::string_view(settings_.consumer), std::string_view(n), std::string_view(lease),
          std::string_view(looks ? "1" : "0"), std::string_view(look_from_), std::string_view(poison)})
        command.push_back(word);
    const Reply reply = asks_.run(command);
    if (!is_list(*reply) || reply->elements != 7) throw broker::Lost{"an answer that makes no sense"};
    if (looks) {
        look_from_ = text_of(*reply->element[3]);
        next_look_ = look_from_ == "-" ? now + settings_.lease_ms * millisecond / 2 : now;
    }
    wait_ms_ = reply->element[0]->integer;
    last_ = text_of(*reply->element[1]);
    wake_ = text_of(*reply->element[2]);
    others_have_ = reply->element[5]->integer > 0;
    if (reply->element[6]->integer > 0) desk_.buried(static_cast<std::uint64_t>(reply->element[6]->integer));
    const redisReply& entries = *reply->element[4];
    for (std::size_t i = 0; i < entries.elements; ++i) deliver_again(*entries.element[i]);
    next_back_ = entries.elements < most ? now + now_and_then : now;
    return entries.elements;
}

// {{stream, {{id, {field, value, …}}, …}}}, or nothing.
std::size_t Session::take_new(std::size_t most) {
    const std::string n = std::to_string(most);
    const Reply reply =
        asks_.run({"XREADGROUP", "GROUP", group, settings_.consumer, "COUNT", n, "STREAMS", names_.messages, ">"});
    const redisReply& streams = *reply;
    if (!is_list(streams) || streams.elements != 1 || streams.element[0]->elements != 2) return 0;
    const redisReply& entries = *streams.element[0]->element[1];
    for (std::size_t i = 0; i < entries.elements; ++i) {
        const redisReply& entry = *entries.element[i];
        if (!is_list(entry) || entry.elements != 2 || !is_list(*entry.element[1])) continue;
        const std::string_view id = text_of(*entry.element[0]);
        desk_.deliver(message_of(id, *entry.element[1]), {std::string(id), 1}, false);
    }
    return entries.elements;
}

// One that another has taken and said nothing of is given out again.
void Session::deliver_again(const redisReply& entry) {
    if (!is_list(entry) || entry.elements != 5 || !is_list(*entry.element[4])) return;
    const std::string_view id = text_of(*entry.element[0]);
    broker::Message message = message_of(id, *entry.element[4]);
    message.due = 0;
    if (const std::string_view tried = text_of(*entry.element[3]); !tried.empty()) {
        const std::size_t end = std::min(tried.find('\n'), tried.size());
        broker::set_header(message, "flowrun-attempts", tried.substr(0, end));
        message.error = end < tried.size() ? tried.substr(end + 1) : std::string_view();
    }
    desk_.deliver(std::move(message), {std::string(id), static_cast<std::uint64_t>(entry.element[1]->integer)},
                  entry.element[2]->integer == 1);
}

void Session::found(std::size_t got, bool all) {
    constexpr std::int64_t soon = 100 * millisecond, far_off = 30'000;
    may_have_ = !all;
    if (may_have_) return;
    const std::int64_t now = desk_.now();
    next_ask_ = wait_ms_ >= 0 ? now + (wait_ms_ + 1) * millisecond : never;
    if (settings_.until_empty) next_ask_ = std::min(next_ask_, now + soon);
    next_back_ = std::min(next_back_, next_ask_);
    const bool empty = got == 0 && !others_have_ && (wait_ms_ < 0 || wait_ms_ > far_off);
    if (settings_.until_empty && empty) desk_.idle();
    watch();
}

void Session::watch() {
    if (std::exchange(watching_, true)) return;
    watches_.add({"XREAD", "COUNT", "1", "BLOCK", "0", "STREAMS", names_.messages, names_.wake, last_, wake_});
    watches_.flush();
}

void Session::renew(const std::vector<broker::Handle>& handles) {
    std::size_t asked = 0;
    for (std::size_t i = 0; i < handles.size(); i += most_at_once, ++asked) {
        std::vector<std::string> words;
        for (std::size_t k = i; k < std::min(handles.size(), i + most_at_once); ++k) {
            words.push_back(handles[k].id);
            words.push_back(std::to_string(handles[k].count));
        }
        Connection::Words command = call_of(renew_, names_);
        command.push_back(settings_.consumer);
        command.insert(command.end(), words.begin(), words.end());
        asks_.add(command);
    }
    for (; asked != 0; --asked) static_cast<void>(asks_.read_good());
}

void Session::wait_for(std::vector<pollfd>& fds) {
    fds.push_back({asks_.descriptor(), POLLIN, 0});
    if (watching_) fds.push_back({watches_.descriptor(), POLLIN, 0});
}

// The first connection has no reply outstanding: what comes there is its end.
void Session::ready(const std::vector<pollfd>& fds) {
    if (fds[0].revents != 0) asks_.read();
    if (fds.size() < 2 || fds[1].revents == 0) return;
    watching_ = false;
    static_cast<void>(watches_.read_good());
    may_have_ = true;
    next_back_ = 0;
}

std::int64_t Session::patience() const {
    const std::int64_t at = std::min(next_ask_, next_look_);
    return may_have_ || at == never ? never : std::max<std::int64_t>(at - desk_.now(), 0);
}

}  // namespace flowrun::redis

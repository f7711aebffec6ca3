#include "session.hh"

#include <flowrun/cxx/queue.hh>

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "api.hh"
#include "letter.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::size_t room_for_an_error = 4096;  // that a message may get before it is dead

void must_be_held(const Msg& msg) {
    if (body_of(msg).find("\"error\"") == std::string_view::npos) return;
    const broker::Json answer = answer_of(msg);
    if (error_of(answer) != 0) throw broker::Lost{text_of_error(answer), true};
}

}  // namespace

Session::Session(const broker::Url& url, const Settings& settings, std::shared_ptr<broker::Leases> leases,
                 broker::Desk& desk)
    : settings_(settings), names_(settings.name), leases_(std::move(leases)), desk_(desk), connection_(url),
      pull_(connection_, exchange_, names_.stream, std::string(consumer)),
      alarm_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    make_streams(connection_, settings_.name, names_, settings_.replicas);
    if (settings_.takes) make_consumer(connection_, names_, leases_->length());
}

Session::~Session() { ::close(alarm_); }

// --- what is asked for ---

void Session::send(const std::vector<const broker::Request*>& requests) {
    std::vector<const broker::Request*> back;
    std::vector<Settled> done;
    for (const broker::Request* request : requests) {
        switch (request->kind) {
            case broker::Request::Kind::push: push(*request); break;
            case broker::Request::Kind::nack: back.push_back(request); break;
            case broker::Request::Kind::ack:
                if (!is_over(*request)) done.emplace_back(request->name, request->handle.id);
                break;
            case broker::Request::Kind::reject:
                if (!is_over(*request)) reject(request->name, request->message, request->handle.id);
                break;
        }
    }
    ack(std::move(done));
    if (pull_.stops() && !stopped_) back_.insert(back_.end(), back.begin(), back.end());
    else give_back(std::move(back));
    connection_.flush();
}

// In the order of their places, so that they come again in that order.
void Session::give_back(std::vector<const broker::Request*> requests) {
    std::sort(requests.begin(), requests.end(),
              [](const auto* one, const auto* other) { return one->message.number < other->message.number; });
    for (const broker::Request* request : requests) {
        if (!is_over(*request)) give_back(*request);
    }
}

bool Session::is_over(const broker::Request& request) {
    if (leases_->holds(request.handle.id, desk_.now())) return false;
    leases_->end(request.handle.id);
    desk_.settled(request.name, FLOWRUN_E_TIMEOUT, "its lease was over");
    return true;
}

void Session::push(const broker::Request& request) {
    const std::size_t largest = connection_.largest() - std::min(connection_.largest(), room_for_an_error);
    const broker::Message& message = request.message;
    if (message.body.size() > largest ||
        !connection_.publish(letter(names_.subject, exchange_.reply(), message, message.id))) {
        return desk_.pushed(request.name, FLOWRUN_E_INVALID,
                            "it is too large: the server takes messages of " + std::to_string(largest) +
                                " bytes (max_payload, less what is kept beside one)");
    }
    exchange_.expect(desk_.now(), [this, name = request.name](const Msg& msg) {
        if (body_of(msg).find("\"error\"") == std::string_view::npos) return desk_.pushed(name, FLOWRUN_OK, {});
        const broker::Json answer = answer_of(msg);
        if (error_of(answer) == 0) return desk_.pushed(name, FLOWRUN_OK, {});
        desk_.pushed(name, FLOWRUN_E_UNAVAILABLE, text_of_error(answer));
    });
}

// A consumer takes note of acks one after another: the answer to the last is one to them all.
void Session::ack(std::vector<Settled> all) {
    if (all.empty()) return;
    for (const auto& [lease, handle] : all)
        connection_.publish(handle, &handle == &all.back().second ? exchange_.reply() : std::string(), "+ACK");
    exchange_.expect(desk_.now(), [this, all = std::move(all)](const Msg&) {
        for (const auto& [lease, handle] : all) end(lease, handle);
    });
}

void Session::end(std::uint64_t lease, const std::string& handle) {
    if (leases_->end(handle)) forget_notes(delivery_of(handle).sequence, 0);
    if (lease != 0) desk_.settled(lease, FLOWRUN_OK, {});
}

void Session::give_back(const broker::Request& request) {
    const std::uint64_t sequence = request.message.number;
    const broker::Message note = note_of(request.message, request.handle.id);
    const std::string subject = back_subject(names_, sequence, note.due);
    if (!connection_.publish(letter(subject, exchange_.reply(), note, {}))) {
        broker::Message shorter = note;
        shorter.error = R"({"code":"failed","message":"its error is too large to be kept"})";
        connection_.publish(letter(subject, exchange_.reply(), shorter, {}));
    }
    const auto answer = [this, lease = request.name, handle = request.handle.id](const Msg&) {
        leases_->end(handle);
        desk_.settled(lease, FLOWRUN_OK, {});
    };
    const auto give = [this, sequence, due = note.due, handle = request.handle.id, answer](const Msg& msg) {
        must_be_held(msg);
        const std::int64_t delay = due > 0 ? std::max<std::int64_t>(due - desk_.wall(), 0) : 0;
        const std::string nak = delay > 0 ? "-NAK {\"delay\":" + std::to_string(delay) + "}" : "-NAK";
        connection_.publish(handle, exchange_.reply(), nak);
        exchange_.expect(desk_.now(), answer);
        if (delivery_of(handle).count > 1) forget_notes(sequence, answer_of(msg)["seq"].count());
    };
    exchange_.expect(desk_.now(), give);
}

void Session::reject(std::uint64_t lease, broker::Message message, const std::string& handle) {
    message.due = 0;
    if (message.error.size() > room_for_an_error / 2)
        message.error = R"({"code":"permanent","message":"its error is too large to be kept"})";
    const std::string once = message.id + "/" + std::to_string(message.number);
    if (!connection_.publish(letter(names_.dead_subject, exchange_.reply(), message, once))) {
        if (lease != 0)
            desk_.settled(lease, FLOWRUN_E_UNAVAILABLE,
                          "with its error it is larger than the server takes (max_payload)");
        return;
    }
    exchange_.expect(desk_.now(), [this, lease, handle](const Msg& msg) {
        must_be_held(msg);
        remove(lease, handle);
    });
}

void Session::remove(std::uint64_t lease, const std::string& handle) {
    connection_.publish(handle, exchange_.reply(), "+TERM");
    exchange_.expect(desk_.now(), [this, lease, handle](const Msg&) { end(lease, handle); });
}

void Session::forget_notes(std::uint64_t sequence, std::uint64_t before) {
    exchange_.ask("STREAM.PURGE." + names_.notes, old_notes(names_, sequence, before), desk_.now(), [](const Msg&) {});
}

void Session::renew(const std::vector<broker::Handle>& handles) {
    const std::int64_t now = desk_.now();
    for (const broker::Handle& handle : handles) {
        if (leases_->renew(handle.id, now)) connection_.publish(handle.id, {}, "+WPI");
    }
    connection_.flush();
}

// --- what is given out ---

void Session::fetch(std::size_t most) {
    const std::int64_t now = desk_.now();
    wanted_ = true;
    pull_.ask(most, now);
    if (settings_.until_empty && !asking_ && now >= next_question_) ask_whether_empty();
}

void Session::turn(const broker::Stock& stock) {
    if (stock.takes || pull_.stops()) return;
    pull_.stop([this] { return desk_.now(); },
               [this] {
                   stopped_ = true;
                   give_back(std::exchange(back_, {}));
               });
    connection_.flush();
}

void Session::arrive(const Msg& msg) {
    const Delivery delivery = delivery_of(reply_of(msg));
    if (delivery.sequence == 0) return pull_.told(msg, desk_.now());
    pull_.took();
    const std::uint64_t place = ++last_arrival_;
    Arrival& arrival = arrivals_[place];
    arrival.handle = {std::string(reply_of(msg)), delivery.count};
    arrival.message = message_of(msg);
    arrival.known = delivery.count <= 1;
    leases_->begin(arrival.handle.id, desk_.now());
    if (!arrival.known) look_up(place, delivery.sequence);
}

void Session::look_up(std::uint64_t place, std::uint64_t sequence) {
    exchange_.ask("STREAM.MSG.GET." + names_.notes, newest_note(names_, sequence), desk_.now(),
                  [this, place](const Msg& msg) {
                      const auto found = arrivals_.find(place);
                      if (found != arrivals_.end()) noted(found->second, answer_of(msg));
                  });
}

// There is a note, or there is none.
void Session::noted(Arrival& arrival, const broker::Json& answer) {
    if (const std::int64_t error = error_of(answer); error != 0 && error != message_not_found)
        throw broker::Lost{text_of_error(answer), true};
    broker::Message& message = arrival.message;
    const Note note = error_of(answer) == 0 ? read_note(answer["message"]) : Note{};
    const bool is_its = error_of(answer) == 0 && note.said.id == message.id;
    const std::uint64_t before = arrival.handle.count - 1, answered = is_its ? std::min(note.answered, before) : 0;
    arrival.again = !is_its || !note.back || answered < before;
    arrival.known = true;
    if (is_its) {
        message.attempts = note.said.attempts;
        message.error = note.said.error;
        leases_->note(arrival.handle.id);
    }
    if (before - answered >= static_cast<std::uint64_t>(settings_.poison)) {
        arrival.buried = true;
        desk_.buried(1);
        message.attempts += static_cast<std::uint32_t>(before - answered);
        message.error = R"({"code":"permanent","message":"poison: given out )" + std::to_string(before - answered) +
                        R"( times, and each time nobody has said what came of it"})";
        reject(0, message, arrival.handle.id);
    } else if (is_its && note.back) {
        connection_.publish(letter(out_subject(names_, message.number), exchange_.reply(), note.said, {}));
        exchange_.expect(desk_.now(), [this, sequence = message.number](const Msg& msg) {
            must_be_held(msg);
            forget_notes(sequence, answer_of(msg)["seq"].count());
        });
    }
}

void Session::give_out() {
    while (!arrivals_.empty() && arrivals_.begin()->second.known) {
        Arrival arrival = std::move(arrivals_.begin()->second);
        arrivals_.erase(arrivals_.begin());
        arrival.message.due = 0;
        if (!arrival.buried) desk_.deliver(std::move(arrival.message), std::move(arrival.handle), arrival.again);
    }
}

// --- whether there is anything ---

void Session::ask_whether_empty() {
    asking_ = true;
    exchange_.ask("CONSUMER.INFO." + names_.stream + "." + std::string(consumer), {}, desk_.now(),
                  [this](const Msg& msg) {
                      const broker::Json info = answer_of(msg);
                      const std::int64_t now = desk_.now();
                      asking_ = false;
                      next_question_ = now + 100 * millisecond;
                      if (error_of(info) != 0) throw broker::Lost{text_of_error(info), true};
                      const std::uint64_t out = info["num_ack_pending"].count(), mine = leases_->held(now);
                      if (info["num_pending"].count() != 0 || !arrivals_.empty()) return;
                      if (out <= mine) desk_.idle();
                      else ask_what_is_later(out - mine);
                  });
    connection_.flush();
}

// What was given back for later than half a minute counts for JetStream as out.
void Session::ask_what_is_later(std::uint64_t theirs) {
    asking_ = true;
    exchange_.ask("STREAM.INFO." + names_.notes, "{\"subjects_filter\":" + broker::json_text(all_back(names_)) + "}",
                  desk_.now(), [this, theirs](const Msg& msg) {
                      asking_ = false;
                      const std::int64_t soon = desk_.wall() + 30 * second;
                      std::uint64_t later = 0;
                      const broker::Json answer = answer_of(msg);
                      for (const auto& [subject, count] : answer["state"]["subjects"].members())
                          later += read_back(names_, subject).due > soon ? 1 : 0;
                      if (theirs <= later) desk_.idle();
                  });
    connection_.flush();
}

// --- the connection ---

void Session::hear() {
    while (const Msg msg = connection_.next_pulled()) arrive(msg);
    exchange_.hear(desk_.now());
    give_out();
    connection_.flush();
}

// Who only pushes is not asked for his patience.
void Session::set_alarm(std::int64_t now) const {
    const std::int64_t at = std::min(exchange_.deadline(), pull_.due(now, false));
    itimerspec when{};
    if (at != never) {
        const std::int64_t left = std::max<std::int64_t>(at - now, millisecond);
        when.it_value = {left / second, left % second};
    }
    ::timerfd_settime(alarm_, 0, &when, nullptr);
}

void Session::wait_for(std::vector<pollfd>& fds) {
    const std::int64_t now = desk_.now();
    wants_ = std::exchange(wanted_, false);
    exchange_.check(now);
    pull_.check(now);
    set_alarm(now);
    fds.push_back({alarm_, POLLIN, 0});
    fds.push_back(
        {connection_.descriptor(), static_cast<short>(POLLIN | (connection_.wants_to_write() ? POLLOUT : 0)), 0});
}

void Session::ready(const std::vector<pollfd>& fds) {
    if ((fds[1].revents & ~POLLOUT) != 0) connection_.read();
    hear();
}

std::int64_t Session::patience() const {
    const std::int64_t now = desk_.now();
    std::int64_t at = std::min(exchange_.deadline(), pull_.due(now, wants_));
    if (settings_.until_empty && wants_ && !asking_) at = std::min(at, next_question_);
    return at == never ? never : std::max<std::int64_t>(at - now, 0);
}

}  // namespace flowrun::nats

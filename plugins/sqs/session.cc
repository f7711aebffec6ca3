#include "session.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

#include "text.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest_delay = 900, longest_hiding = 43'200;  // seconds
constexpr std::int64_t half_a_minute = 30 * second, longest_end = 2 * second;
constexpr std::size_t sends_at_once = 8;
constexpr std::string_view no_key = "flowrun";  // the group of what has none

std::string poisoned(std::uint64_t times) {
    return R"({"code":"permanent","message":"poison: given out )" + std::to_string(times) +
           R"( times, and each time nobody has said what came of it"})";
}

}  // namespace

Session::Session(const Place& place, const Settings& settings, std::shared_ptr<Holdings> holdings, broker::Desk& desk)
    : settings_(settings), names_(settings.name), holdings_(std::move(holdings)), desk_(desk),
      service_(
          place, [this] { return desk_.now(); }, [this] { return desk_.wall(); }),
      queue_(have_queue(service_, names_.queue)),
      sends_(service_, "SendMessageBatch", queue_.url, queue_.largest_batch(), names_.fifo ? 1 : sends_at_once),
      answers_(service_, queue_.url) {
    if (!settings_.takes) return;
    dead_ = dead_of(service_, queue_, names_, true);
    burials_.emplace(service_, "SendMessageBatch", dead_->url, dead_->largest_batch(), 1);
    receiver_.emplace(
        service_, Receiver::Settings{queue_.url, holdings_->leases.length(), settings_.wait, settings_.until_empty},
        [this](const broker::Json& given) { take(given); }, [this] { ask_whether_empty(); });
}

// What the last poll brings is for others.
Session::~Session() {
    ending_ = true;
    try {
        std::vector<pollfd> fds;
        const std::int64_t until = desk_.now() + longest_end;
        while (stopped_ && receiver_ && (receiver_->polls() || !answers_.empty()) && desk_.now() < until) {
            fds.clear();
            service_.wait_for(fds);
            ::poll(fds.data(), fds.size(), 100);
            service_.work();
            flush();
        }
    } catch (const broker::Lost&) {
    } catch (const sdk::QueueError&) {
    } catch (const std::exception&) {}
}

void Session::flush() {
    sends_.flush();
    if (burials_) burials_->flush();
    answers_.flush();
}

void Session::turn(const broker::Stock& stock) {
    service_.work();
    if (!stock.takes && receiver_ && !std::exchange(stopped_, true)) receiver_->stop();
    flush();
}

void Session::ready(const std::vector<pollfd>&) {
    service_.work();
    flush();
}

// --- what is asked for ---

void Session::send(const std::vector<const broker::Request*>& requests) {
    for (const broker::Request* const request : requests) {
        unsettled_ += request->kind != broker::Request::Kind::push ? 1 : 0;
        switch (request->kind) {
            case broker::Request::Kind::push: push(*request); break;
            case broker::Request::Kind::ack: ack(*request); break;
            case broker::Request::Kind::nack: give_back(*request); break;
            case broker::Request::Kind::reject: reject(*request); break;
        }
    }
    flush();
}

// Whole seconds, at least until then.
std::int64_t Session::delay_until(std::int64_t due) const {
    const std::int64_t left = due - desk_.wall();
    return due > 0 && left > 0 ? Receiver::seconds(left) : 0;
}

Way Session::way_of(const broker::Message& message) const {
    Way way;
    if (!names_.fifo) {
        way.delay = std::min(delay_until(message.due), longest_delay);
        return way;
    }
    way.group = !message.key.empty() ? token_of(message.key)
                : settings_.by_key   ? token_of(message.id)
                                     : std::string(no_key);
    way.deduplication = token_of(message.id);
    return way;
}

void Session::push(const broker::Request& request) {
    Entry entry = entry_of(request.message, way_of(request.message));
    const std::uint64_t name = request.name;
    if (entry.size > queue_.largest()) {
        return desk_.pushed(name, FLOWRUN_E_INVALID,
                            "it is too large: with what is kept beside it it has " + std::to_string(entry.size) +
                                " bytes, and the queue takes " + std::to_string(queue_.largest()));
    }
    sends_.add(std::move(entry), [this, name](const Batches::Outcome& outcome) {
        desk_.pushed(name,
                     outcome.ok     ? FLOWRUN_OK
                     : outcome.ours ? FLOWRUN_E_INVALID
                                    : FLOWRUN_E_UNAVAILABLE,
                     outcome.text);
    });
}

bool Session::is_over(const broker::Request& request) {
    if (holdings_->leases.holds(request.handle.id, desk_.now())) return false;
    end(request.handle.id, false);
    settled(request.name, FLOWRUN_E_TIMEOUT, "its lease was over");
    return true;
}

void Session::settled(std::uint64_t lease, std::int32_t status, std::string_view text) {
    --unsettled_;
    ++settled_;
    desk_.settled(lease, status, text);
}

// It is out no more. `goes_on`: the next of its group may go out; else they go back, behind it.
void Session::end(const std::string& receipt, bool goes_on) {
    holdings_->leases.end(receipt);
    const auto held = holdings_->held.extract(receipt);
    if (held.empty() || !settings_.by_key) return;
    const std::string& group = held.mapped().group;
    if (goes_on) {
        auto next = groups_.go_on(group);
        if (!next) return;
        if (holdings_->leases.holds(next->one.receipt, desk_.now())) return give_out(std::move(next->one), next->again);
    }
    for (const Groups::Next& next : groups_.give_up(group)) {
        holdings_->leases.end(next.one.receipt);
        holdings_->give_back({next.one.id, group, next.one.times}, next.one.message.attempts, next.one.message.error);
        answers_.show_again(next.one.receipt, 0);
    }
}

void Session::ack(const broker::Request& request) {
    if (is_over(request)) return;
    answers_.remove(request.handle.id, [this, lease = request.name, receipt = request.handle.id](
                                           std::int32_t status, std::string_view text) {
        end(receipt, status == FLOWRUN_OK);
        settled(lease, status, text);
    });
}

void Session::give_back(const broker::Request& request) {
    if (is_over(request)) return;
    const std::string& receipt = request.handle.id;
    const Holdings::Held held = holdings_->held[receipt];
    const broker::Message& message = request.message;
    const std::int64_t delay = delay_until(message.due);
    const bool says_more = held.attempts != message.attempts || delay > 0;
    if (!names_.fifo && (says_more || held.times * 2 >= settings_.poison)) return put_anew(request);
    holdings_->give_back(held, message.attempts, message.error);
    if (delay > 0) holdings_->hide_until(message.due);
    const auto show = [this, receipt, lease = request.name](std::int64_t seconds) {
        answers_.show_again(receipt, seconds, [this, lease](std::int32_t status, std::string_view text) {
            settled(lease, status, text);
        });
        flush();
    };
    // The server knows whole seconds only: less than one is waited for here.
    const std::int64_t left = message.due - desk_.wall();
    if (delay != 1 || left >= second) show(std::min(delay, longest_hiding));
    else service_.later(left, [show] { show(0); });
    end(receipt, false);
}

// Beyond the longest delay it comes earlier, and is hidden anew.
void Session::put_anew(const broker::Request& request) {
    broker::Message copy = request.message;
    const Way way = way_of(copy);
    if (copy.due > 0) holdings_->hide_until(copy.due);
    if (delay_until(copy.due) <= longest_delay) copy.due = 0;
    Entry entry = entry_of(copy, way);
    if (entry.size > queue_.largest()) {
        copy.error = R"({"code":"failed","message":"its error is too large to be kept"})";
        entry = entry_of(copy, way);
    }
    sends_.add(std::move(entry),
               [this, lease = request.name, receipt = request.handle.id](const Batches::Outcome& sent) {
                   if (!sent.ok) {
                       end(receipt, false);
                       return settled(lease, FLOWRUN_E_UNAVAILABLE, sent.text);
                   }
                   answers_.remove(receipt, [this, lease, receipt](std::int32_t status, std::string_view text) {
                       end(receipt, false);
                       settled(lease, status, text);
                   });
               });
}

void Session::bury(const broker::Message& message, const std::string& receipt, Answers::Then then) {
    broker::Message copy = message;
    copy.due = 0;
    Way way;
    if (dead_->attributes["FifoQueue"].text() == "true") {
        // Each a group of its own: of a group that is being looked at no more is shown.
        way.group = hex_of(sha256_of(receipt));
        way.deduplication = way.group;  // not its id: the same message may die twice within five minutes
    }
    Entry entry = entry_of(copy, way);
    if (entry.size > dead_->largest()) {
        copy.error = R"({"code":"permanent","message":"its error is too large to be kept"})";
        entry = entry_of(copy, way);
    }
    burials_->add(std::move(entry), [this, receipt, then = std::move(then)](const Batches::Outcome& sent) {
        if (sent.ok) return answers_.remove(receipt, then);
        if (then) then(FLOWRUN_E_UNAVAILABLE, "the queue of the dead does not take it: " + sent.text);
    });
}

void Session::reject(const broker::Request& request) {
    if (is_over(request)) return;
    bury(request.message, request.handle.id,
         [this, lease = request.name, receipt = request.handle.id](std::int32_t status, std::string_view text) {
             end(receipt, status == FLOWRUN_OK);
             settled(lease, status, text);
         });
}

void Session::renew(const std::vector<broker::Handle>& handles) {
    const std::int64_t now = desk_.now(), length = Receiver::seconds(holdings_->leases.length());
    const auto renew_one = [&](const std::string& receipt) {
        if (holdings_->leases.renew(receipt, now)) answers_.show_again(receipt, length);
    };
    for (const broker::Handle& handle : handles) renew_one(handle.id);
    groups_.each_waiting([&](const Delivered& one) { renew_one(one.receipt); });
    flush();
}

// --- what is given out ---

void Session::fetch(std::size_t most) {
    if (receiver_ && !stopped_) receiver_->fetch(most);
}

bool Session::is_poison(const Delivered& one, const Holdings::Returned& known) {
    const std::uint64_t before = one.times - 1, unsaid = before - std::min(before, known.said);
    if (unsaid < settings_.poison) return false;
    desk_.buried(1);
    broker::Message message = one.message;
    message.attempts += static_cast<std::uint32_t>(unsaid);
    message.error = poisoned(unsaid);
    bury(message, one.receipt,
         [this, receipt = one.receipt](std::int32_t status, std::string_view) { end(receipt, status == FLOWRUN_OK); });
    return true;
}

void Session::take(const broker::Json& given) {
    auto one = delivered(given);
    if (!one) return;
    if (ending_) return answers_.show_again(one->receipt, 0);
    const Holdings::Returned known = holdings_->known(one->id);
    const bool returned = known.times != 0 && known.times + 1 == one->times, again = one->times > 1 && !returned;
    holdings_->leases.begin(one->receipt, desk_.now());
    if (is_poison(*one, known)) return;
    broker::Message& message = one->message;
    if (const std::int64_t left = delay_until(message.due); left > 0) {
        holdings_->give_back({one->id, one->group, one->times}, message.attempts, message.error);
        holdings_->hide_until(message.due);
        holdings_->leases.end(one->receipt);
        return answers_.show_again(one->receipt, std::min(left, longest_hiding));
    }
    message.due = 0;
    if (returned) {
        message.attempts = known.attempts;
        message.error = known.error;
    }
    if (!settings_.by_key) return give_out(std::move(*one), again);
    if (auto next = groups_.come({std::move(*one), again})) give_out(std::move(next->one), next->again);
}

void Session::give_out(Delivered&& one, bool again) {
    holdings_->held[one.receipt] = {one.id, one.group, one.times, one.message.attempts};
    desk_.deliver(std::move(one.message), {std::move(one.receipt), one.times}, again);
}

// --- whether there is anything ---

// What is not visible, or comes later, may be another's: only of what this process gave back for later it is known when that is.
// What it has, or is about to give back, it waits for.
void Session::ask_whether_empty() {
    const auto is_at_rest = [this] { return unsettled_ == 0 && holdings_->leases.held(desk_.now()) == 0; };
    if (!settings_.until_empty || !is_at_rest() || std::exchange(asking_, true)) return;
    std::string body = "{\"QueueUrl\":" + broker::json_text(queue_.url) +
                       R"(,"AttributeNames":["ApproximateNumberOfMessages","ApproximateNumberOfMessagesNotVisible",)"
                       R"("ApproximateNumberOfMessagesDelayed"]})";
    service_.call("GetQueueAttributes", std::move(body), [this, is_at_rest, settled = settled_](Reply&& reply) {
        asking_ = false;
        must(reply);
        const QueueAt now{{}, reply.json["Attributes"]};
        const std::int64_t wall = desk_.wall();
        const std::uint64_t later = holdings_->hidden_beyond(wall + half_a_minute, wall);
        const std::int64_t away =
            now.number("ApproximateNumberOfMessagesNotVisible") + now.number("ApproximateNumberOfMessagesDelayed");
        const bool is_empty = now.number("ApproximateNumberOfMessages") == 0 &&
                              static_cast<std::uint64_t>(std::max<std::int64_t>(away, 0)) <= later;
        if (is_empty && is_at_rest() && settled == settled_) desk_.idle();
    });
}

}  // namespace flowrun::sqs

#include "session.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

namespace flowrun::amqp {
namespace {

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t soon = 100 * millisecond;
// A quorum queue that was just made does not outlive its server's sudden end.
constexpr std::int64_t settling = 1'500 * millisecond;
constexpr amqp_channel_t errands = 2;
constexpr std::size_t longest_key = 64 << 10;  // all that goes beside a body must fit into one frame

std::string poisoned(std::uint64_t times) {
    return R"({"code":"permanent","message":"poison: given out )" + std::to_string(times) +
           R"( times, and each time nobody has said what came of it"})";
}

}  // namespace

Session::Session(const Server& server, const Settings& settings, broker::Desk& desk)
    : settings_(settings), desk_(desk),
      publisher_(server, "flowrun to " + settings.name,
                 [this](std::string_view why) {
                     desk_.notice(why.empty() ? "takes messages again" : "takes no messages now: " + std::string(why));
                 }),
      window_(settings.prefetch) {
    if (settings_.takes) {
        consumer_.emplace(
            server, "flowrun from " + settings_.name, settings_.name, [this] { return desk_.now(); },
            [this](Delivery&& delivery) { delivered(std::move(delivery)); });
        consumer_->counted = [this](std::uint64_t waiting) { counted(waiting); };
    } else {
        clerk_.emplace(publisher_.connection(), errands);
    }
    if (consumer_) consumer_->clerk().make_busy(settings_.name);
    for (const Where where : {Where{Where::Kind::dead, nullptr}, Where{}}) ready_at(where, name_of(where));
}

// --- what goes to the server ---

std::string Session::name_of(Where where) const {
    switch (where.kind) {
        case Where::Kind::dead: return dead_of(settings_.name);
        case Where::Kind::wait: return wait_of(settings_.name, *where.step);
        default: return settings_.name;
    }
}

bool Session::make(Where where) {
    Clerk& clerk = consumer_ ? consumer_->clerk() : *clerk_;
    switch (where.kind) {
        case Where::Kind::dead: return clerk.make_dead(settings_.name);
        case Where::Kind::wait: return clerk.make_wait(settings_.name, *where.step);
        default: return clerk.make(settings_.name);
    }
}

std::int64_t Session::ready_at(Where where, const std::string& name) {
    const auto found = ready_.find(name);
    if (found != ready_.end()) return found->second;
    const bool made = make(where);
    return ready_[name] = made ? desk_.now() + settling : 0;
}

void Session::post(Post what) {
    Letter letter;
    letter.key = name_of(what.where);
    letter.properties = properties_of(*what.message);
    letter.body = what.message->body;
    const std::int64_t at = ready_at(what.where, letter.key);
    letter.done = [this, what = std::move(what)](Outcome outcome, std::string_view text) {
        answered(what, outcome, text);
    };
    if (at > desk_.now()) later_.emplace(at, std::move(letter));
    else publisher_.send(std::move(letter));
}

void Session::answered(Post what, Outcome outcome, std::string_view text) {
    if (outcome == Outcome::confirmed) return what.done(FLOWRUN_OK, {});
    const std::string name = name_of(what.where);
    if (outcome == Outcome::returned) {
        desk_.notice("the queue '" + name + "' is gone, with what was in it; it is made again");
        ready_.erase(name);
        return post(std::move(what));
    }
    if (what.may_fail)
        return what.done(outcome == Outcome::too_large ? FLOWRUN_E_INVALID : FLOWRUN_E_UNAVAILABLE, text);
    ready_[name] = desk_.now() + second;
    post(std::move(what));
}

void Session::push(const broker::Request& request) {
    const std::uint64_t name = request.name;
    const broker::Message& message = request.message;
    if (message.key.size() + message.id.size() + message.origin.size() > longest_key)
        return desk_.pushed(name, FLOWRUN_E_INVALID, "its key is too long for RabbitMQ, where it may have 64 KB");
    post({Where{}, &request.message, nullptr, true,
          [this, name](std::int32_t status, std::string_view text) { desk_.pushed(name, status, text); }});
}

// Where a message waits that is due then; the last part of the time it waits with who takes it.
Session::Where Session::way_back(std::int64_t due) const {
    const Step* const step = due > 0 ? step_for(due - desk_.wall()) : nullptr;
    return step == nullptr ? Where{} : Where{Where::Kind::wait, step};
}

// What was never tried goes back to its place. What was tried is put down anew, with what is known of it, and only then taken away.
void Session::settle(const broker::Request& request) {
    const std::uint64_t lease = request.name, tag = request.handle.count;
    const auto settled = [this, lease] { desk_.settled(lease, FLOWRUN_OK, {}); };
    using Kind = broker::Request::Kind;
    if (request.kind == Kind::ack) return consumer_->ack(tag, settled);
    const broker::Message& message = request.message;
    const bool tried = request.handle.id != std::to_string(message.attempts);
    if (request.kind == Kind::nack && !tried && message.due <= desk_.wall()) return consumer_->requeue(tag, settled);
    const Where where = request.kind == Kind::reject ? Where{Where::Kind::dead, nullptr} : way_back(message.due);
    post({where, &message, nullptr, false,
          [this, tag, settled](std::int32_t, std::string_view) { consumer_->ack(tag, settled); }});
}

void Session::send(const std::vector<const broker::Request*>& requests) {
    bool pushes = false;
    for (const broker::Request* request : requests) {
        if (request->kind == broker::Request::Kind::push) push(*request);
        else if (consumer_) settle(*request);
        pushes = pushes || request->kind == broker::Request::Kind::push;
    }
    publisher_.flush();
    if (!consumer_) return;
    if (pushes) consumer_->hurry();
    consumer_->send_answers();
}

// --- what comes from the server ---

void Session::delivered(Delivery&& delivery) {
    const std::int64_t now = desk_.now(), wall = desk_.wall();
    next_count_ = now + soon;
    const std::uint64_t times = deliveries_of(*delivery.properties);
    broker::Message message = message_of(*delivery.properties, std::move(delivery.body));
    if (message.id.empty())
        message.id = settings_.name + "-" + std::to_string(wall) + "-" + std::to_string(delivery.tag);
    if (times >= settings_.poison) {
        message.error = poisoned(times);
        desk_.buried(1);
        return pass_on({Where::Kind::dead, nullptr}, std::move(message), delivery.tag);
    }
    if (const Where where = way_back(message.due); where.step != nullptr)
        return pass_on(where, std::move(message), delivery.tag);
    if (message.due <= wall) message.due = 0;
    // One that has come often is put down anew when it is given back, so that it is not taken for poison.
    std::string id = times * 2 >= settings_.poison ? std::string() : std::to_string(message.attempts);
    desk_.deliver(std::move(message), {std::move(id), delivery.tag}, delivery.redelivered);
}

void Session::pass_on(Where where, broker::Message&& message, std::uint64_t tag) {
    const auto own = std::make_shared<const broker::Message>(std::move(message));
    post({where, own.get(), own, false, [this, tag](std::int32_t, std::string_view) { consumer_->ack(tag, [] {}); }});
}

void Session::counted(std::uint64_t waiting) {
    counting_ = false;
    next_count_ = desk_.now() + soon;
    if (waiting == 0 && delivered_then_ == consumer_->delivered() && !anything_left()) desk_.idle();
}

// That somebody else has, or that comes back within half a minute.
bool Session::anything_left() {
    constexpr std::int64_t half_a_minute = 30;
    Clerk& clerk = consumer_->clerk();
    const auto busy = clerk.count(busy_of(settings_.name));
    if (busy && busy->consumers > (busy_ ? 1U : 0U)) return true;
    for (const Step& step : steps()) {
        if (step.seconds > half_a_minute) break;
        if (clerk.waiting(wait_of(settings_.name, step)).value_or(0) != 0) return true;
    }
    return false;
}

void Session::fetch(std::size_t) {
    if (!consumer_) return;
    wanted_ = settings_.until_empty;
    if (!consumer_->consumes()) {
        consumer_->consume(window_.size());
        next_count_ = desk_.now() + soon;
    }
    if (!wanted_ || counting_ || desk_.now() < next_count_) return;
    counting_ = true;
    delivered_then_ = consumer_->delivered();
    consumer_->count();
}

// --- time ---

void Session::turn(const broker::Stock& stock) {
    wanted_ = false;
    if (consumer_) show_busy(stock.out + stock.fetched != 0);
    if (consumer_ && consumer_->consumes()) {
        if (!stock.takes) consumer_->consume(0);
        else if (!consumer_->changing()) widen(stock);
    }
    while (!later_.empty() && later_.begin()->first <= desk_.now()) {
        publisher_.send(std::move(later_.begin()->second));
        later_.erase(later_.begin());
    }
    work();
}

// For a moment longer: answers are still under way.
void Session::show_busy(bool is) {
    const std::int64_t now = desk_.now();
    has_ = is;
    if (is) busy_until_ = now + soon;
    if (busy_ == (now < busy_until_)) return;
    busy_ = !busy_;
    consumer_->show_busy(busy_);
}

void Session::widen(const broker::Stock& stock) {
    window_.stays(consumer_->limit());
    const bool was_full = consumer_->was_full();
    if (window_.look(desk_.now(), consumer_->settled(), stock.out, stock.fetched, consumer_->full(), was_full))
        consumer_->consume(window_.size());
}

void Session::work() {
    publisher_.work();
    if (!consumer_) return;
    consumer_->work();
    publisher_.flush();
    consumer_->send_answers();
}

void Session::wait_for(std::vector<pollfd>& fds) {
    fds.push_back(publisher_.waits_for());
    if (consumer_) fds.push_back(consumer_->waits_for());
}

std::int64_t Session::patience() const {
    const std::int64_t now = desk_.now();
    std::int64_t until = publisher_.patience();
    if (consumer_) until = std::min(until, consumer_->patience());
    if (!later_.empty()) until = std::min(until, later_.begin()->first - now);
    if (wanted_ && !counting_) until = std::min(until, next_count_ - now);
    if (busy_ && !has_) until = std::min(until, busy_until_ - now);
    return std::max<std::int64_t>(until, 0);
}

}  // namespace flowrun::amqp

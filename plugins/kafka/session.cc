#include "session.hh"

#include <flowrun/cxx/queue.hh>

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "letter.hh"
#include "number.hh"

namespace flowrun::kafka {
namespace {

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int32_t partitions_of_new = 8;  // where messages spread

std::int32_t status_of(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return FLOWRUN_OK;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return FLOWRUN_E_INVALID;
        default: return FLOWRUN_E_UNAVAILABLE;
    }
}

}  // namespace

Session::Session(Settings settings, const Manner& manner, broker::Desk& desk)
    : settings_(std::move(settings)), manner_(manner), names_(settings_, manner.name), desk_(desk),
      alarm_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      producer_(settings_, {}, wake_.descriptor()), shelf_(manner.by_key) {
    const Cluster cluster(settings_, names_.group);
    const auto wanted = static_cast<std::int32_t>(settings_.partitions);
    cluster.make_topic(settings_, names_.topic, wanted != 0 ? wanted : manner_.spreads ? partitions_of_new : 1, false);
    partitions_ = cluster.partitions_of(names_.topic);
    cluster.make_topic(settings_, names_.retry, partitions_, false);
    cluster.make_topic(settings_, names_.dead, partitions_, true);
    retry_partitions_ = cluster.partitions_of(names_.retry);
    dead_partitions_ = cluster.partitions_of(names_.dead);
    room_for_all_ = largest_message(settings_) - 200;
    if (manner_.takes)
        member_ =
            std::make_unique<Member>(settings_, Member::Manner{names_.group, manner_.lease, manner_.handover, false},
                                     wake_.descriptor(), watch());
}

Session::~Session() {
    try {
        if (member_) member_->leave();
    } catch (const broker::Lost&) {  // the group will find out
    } catch (const sdk::QueueError&) {}
    ::close(alarm_);
}

Member::Watch Session::watch() {
    Member::Watch made;
    made.leaves = [this](Lane& lane) { shelf_.drop(lane); };
    made.goes = [this](Lane& lane) { gone(lane); };
    made.committed = [this](Lane& lane, const Offsets::Commit& commit) { committed(lane, commit); };
    made.notice = [this](const std::string& text) { tell_trouble(text); };
    return made;
}

void Session::turn(const broker::Stock& stock) {
    takes_ = stock.takes;
    producer_.serve();
    if (std::string text = producer_.take_trouble(); !text.empty()) tell_trouble(text);
    if (!member_) return;
    member_->serve(desk_.now());
    member_->commit(desk_.now());
    room_ = 0;
    wants_ = false;
}

// --- what is asked for ---

void Session::send(const std::vector<const broker::Request*>& requests) {
    for (const broker::Request* request : requests) {
        if (request->kind == broker::Request::Kind::push) push(*request);
        else answer(*request);
    }
    if (member_) member_->commit(desk_.now());
}

void Session::push(const broker::Request& request) {
    producer_.send(letter_of(names_.topic, manner_.spreads ? Producer::any : 0, request.message),
                   [this, name = request.name](const Producer::Outcome& outcome) {
                       if (outcome.error == RD_KAFKA_RESP_ERR_NO_ERROR) goes_well();
                       desk_.pushed(name, status_of(outcome.error), outcome.text);
                   });
}

void Session::answer(const broker::Request& request) {
    const auto found = out_.find(request.handle.count);
    if (found == out_.end()) {
        return desk_.settled(request.name, FLOWRUN_E_TIMEOUT,
                             "its lease was over: the partition was given to another process");
    }
    switch (request.kind) {
        case broker::Request::Kind::push: break;
        case broker::Request::Kind::ack: end(request.handle.count, request.name); break;
        case broker::Request::Kind::nack: give_back(request); break;
        case broker::Request::Kind::reject: {
            broker::Message message = request.message;
            message.due = 0;
            move_to(names_.dead, dead_partitions_, message, request.handle.count, request.name);
            break;
        }
    }
}

void Session::give_back(const broker::Request& request) {
    const std::uint64_t number = request.handle.count;
    const Out& out = out_.at(number);
    const broker::Message message = request.message;  // the request is gone once it is answered
    const bool tried = message.attempts != out.attempts || message.due != 0;
    if (tried && !manner_.in_place) return move_to(names_.retry, retry_partitions_, message, number, request.name);
    if (tried) {
        out.lane->offsets.note(out.offset, {message.attempts, message.due / millisecond});
        to_settle_[out.lane].emplace_back(request.name, out.offset);
    } else {
        desk_.settled(request.name, FLOWRUN_OK, {});  // as if it had not been given out
    }
    out.lane->offsets.back(out.offset);
    if (takes_ && !out.lane->leaves) shelf_.add_first({message, out.lane, out.offset, true});
    else if (manner_.by_key) shelf_.end_turn(out.key);
    --out.lane->out;
    out_.erase(number);
}

// To another topic, and once it is there it is dealt with here.
void Session::move_to(const std::string& topic, std::int32_t partitions, broker::Message message, std::uint64_t number,
                      std::uint64_t lease) {
    const std::int32_t partition = out_.at(number).lane->place.partition % std::max(partitions, 1);
    if (size_of(message) > room_for_all_)
        message.error = R"({"code":"failed","message":"its error is too large to be kept"})";
    producer_.send(letter_of(topic, partition, message), [this, number, lease](const Producer::Outcome& outcome) {
        if (outcome.error != RD_KAFKA_RESP_ERR_NO_ERROR)
            return desk_.settled(lease, status_of(outcome.error), outcome.text);
        if (out_.contains(number)) return end(number, lease);
        desk_.settled(lease, FLOWRUN_E_TIMEOUT, "its lease was over: the partition was given to another process");
    });
}

// It is dealt with.
void Session::end(std::uint64_t number, std::uint64_t lease) {
    const auto found = out_.find(number);
    const Out& out = found->second;
    out.lane->offsets.ack(out.offset);
    to_settle_[out.lane].emplace_back(lease, out.offset);
    if (manner_.by_key) shelf_.end_turn(out.key);
    --out.lane->out;
    out_.erase(found);
}

// --- what is given out ---

void Session::fetch(std::size_t most) {
    if (!member_->joined()) member_->join({names_.topic, names_.retry});
    room_ = most;
    wants_ = true;
    pump();
    if (manner_.until_empty && shelf_.empty() && out_.empty() && desk_.now() >= next_question_) ask_whether_empty();
}

void Session::pump() {
    while (room_ != 0) {
        shelf_.bring(desk_.wall());
        const Arrival* const next = shelf_.front();
        if (next == nullptr) {
            if (!shelf_.has_room() || !read(room_)) return;
            continue;
        }
        Lane& lane = *next->lane;
        if (lane.offsets.is_careful(next->offset) && lane.out != 0) return;
        if (!lane.offsets.may_give(next->offset)) {
            lane.offsets.want(next->offset);
            return member_->commit(desk_.now());
        }
        deliver(shelf_.take());
    }
}

bool Session::read(std::size_t most) {
    const std::vector<Message> records = member_->read(most);
    for (const Message& record : records) accept(*record);
    return !records.empty();
}

void Session::accept(const rd_kafka_message_t& record) {
    Lane* const lane = member_->find(record);
    if (lane == nullptr || lane->leaves || !lane->offsets.read(record.offset)) return;
    Arrival arrival{message_of(record), lane, record.offset};
    broker::Message& message = arrival.message;
    const bool retry = lane->place.topic == names_.retry;
    message.number = Number{retry, record.partition, record.offset}.packed();
    if (const Offsets::Tried* const tried = lane->offsets.tried(record.offset)) {
        message.attempts = tried->attempts;
        message.due = tried->due * millisecond;
    }
    if (is_poison(arrival)) return bury(std::move(arrival));
    if (!lane->offsets.is_careful(record.offset)) lane->offsets.want(record.offset);
    goes_well();
    if (!retry || message.due <= desk_.wall()) {
        if (retry) message.due = 0;
        return shelf_.add(std::move(arrival));
    }
    const std::int64_t due = std::exchange(message.due, 0);
    shelf_.add_later(std::move(arrival), due);
}

// Who dies with a message in his hands has the others with him; the first of those that nobody has said a word of is the one
// that has been given out alone.
bool Session::is_poison(const Arrival& arrival) const {
    const Offsets& offsets = arrival.lane->offsets;
    return offsets.deaths() >= static_cast<std::uint64_t>(settings_.deliveries) && offsets.is_first(arrival.offset) &&
           offsets.is_again(arrival.offset);
}

void Session::bury(Arrival arrival) {
    const std::uint32_t deaths = arrival.lane->offsets.deaths();
    broker::Message message = arrival.message;
    message.due = 0;
    message.attempts += deaths;
    message.error = R"({"code":"permanent","message":"poison: given out )" + std::to_string(deaths) +
                    R"( times, and each time nobody has said what came of it"})";
    desk_.buried(1);
    move_to(names_.dead, dead_partitions_, message, lend(arrival), 0);
}

std::uint64_t Session::lend(const Arrival& arrival) {
    out_.emplace(++last_out_, Out{arrival.lane, arrival.offset, arrival.message.attempts,
                                  manner_.by_key ? arrival.message.key : std::string()});
    arrival.lane->offsets.out(arrival.offset);
    ++arrival.lane->out;
    return last_out_;
}

void Session::deliver(Arrival arrival) {
    const std::uint64_t number = lend(arrival);
    const bool again = arrival.lane->offsets.is_again(arrival.offset);
    desk_.deliver(std::move(arrival.message), {{}, number}, again);
    --room_;
}

// All that waits is due later than in half a minute, or nothing waits.
void Session::ask_whether_empty() {
    next_question_ = desk_.now() + 200 * millisecond;
    std::vector<Place> places;
    for (std::int32_t i = 0; i < partitions_; ++i) places.push_back({names_.topic, i});
    for (std::int32_t i = 0; i < retry_partitions_; ++i) places.push_back({names_.retry, i});
    std::int64_t waiting = 0;
    for (const Progress& one : member_->cluster().progress(places)) waiting += one.waiting();
    if (waiting <= static_cast<std::int64_t>(shelf_.due_after(desk_.wall() + 30 * second))) desk_.idle();
}

// --- what happens ---

void Session::committed(Lane& lane, const Offsets::Commit& commit) {
    goes_well();
    const auto found = to_settle_.find(&lane);
    if (found == to_settle_.end()) return;
    std::erase_if(found->second, [&](const Settled& one) {
        if (!commit.covers(one.second)) return false;
        desk_.settled(one.first, FLOWRUN_OK, {});
        return true;
    });
}

// What was given out of it is somebody else's.
void Session::gone(Lane& lane) {
    shelf_.drop(lane);
    if (const auto found = to_settle_.extract(&lane)) {
        for (const auto& [lease, offset] : found.mapped())
            desk_.settled(lease, FLOWRUN_E_TIMEOUT, "the partition was given to another process before that was noted");
    }
    std::erase_if(out_, [&](const auto& one) {
        if (one.second.lane != &lane) return false;
        if (manner_.by_key) shelf_.end_turn(one.second.key);
        return true;
    });
}

void Session::tell_trouble(const std::string& text) {
    if (!std::exchange(troubled_, true)) desk_.notice(text);
}

void Session::goes_well() {
    if (std::exchange(troubled_, false)) desk_.notice("it goes on");
}

// --- waiting ---

void Session::wait_for(std::vector<pollfd>& fds) {
    const std::int64_t now = desk_.now();
    std::int64_t at = member_ ? member_->due() : never;
    if (shelf_.next_due() != Shelf::never && room_ != 0) at = std::min(at, now + shelf_.next_due() - desk_.wall());
    itimerspec when{};
    if (at != never) {
        const std::int64_t left = std::max<std::int64_t>(at - now, millisecond);
        when.it_value = {left / second, left % second};
    }
    ::timerfd_settime(alarm_, 0, &when, nullptr);
    fds.push_back({alarm_, POLLIN, 0});
    fds.push_back({wake_.descriptor(), POLLIN, 0});
}

void Session::ready(const std::vector<pollfd>& fds) {
    if ((fds[1].revents & POLLIN) != 0) wake_.clear();
    producer_.serve();
    if (!member_) return;
    member_->serve(desk_.now());
    member_->commit(desk_.now());
    if (wants_) pump();
}

std::int64_t Session::patience() const {
    if (!manner_.until_empty || !wants_ || !shelf_.empty() || !out_.empty()) return never;
    return std::max<std::int64_t>(next_question_ - desk_.now(), 0);
}

}  // namespace flowrun::kafka

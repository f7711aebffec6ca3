#include "feed.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>

#include "record.hh"

namespace flowrun::kafka {
namespace {

constexpr std::int64_t second = 1'000'000'000, silence = 45 * second, handover = 60 * second, longest_end = 5 * second;

}  // namespace

Feed::Feed(const What& what, broker::Intake& intake) : intake_(intake), reading_(what.reading) {
    Member::Watch watch;
    watch.leaves = [this](Lane& lane) {
        std::erase_if(again_, [&](const auto& one) {
            const auto held = held_.find(one.second);
            if (held == held_.end() || held->second.lane != &lane) return false;
            held_.erase(held);
            --lane.out;
            return true;
        });
    };
    watch.goes = [this](Lane& lane) {
        std::erase_if(held_, [&](const auto& one) { return one.second.lane == &lane; });
    };
    watch.committed = [](Lane&, const Offsets::Commit&) {};
    watch.notice = [this](const std::string& text) { intake_.node().log(sdk::Level::warn, text); };
    member_ = std::make_unique<Member>(what.settings, Member::Manner{what.group, silence, handover, what.from_end},
                                       wake_.descriptor(), std::move(watch));
    for (const std::string& topic : what.topics) {
        if (member_->cluster().partitions_of(topic) == 0)
            throw sdk::QueueError{FLOWRUN_E_INVALID, "there is no topic '" + topic + "'"};
    }
    member_->join(what.topics);
}

Feed::~Feed() {
    try {
        member_->leave();
    } catch (const broker::Lost&) {}  // the group will find out
}

void Feed::turn(std::size_t room) {
    member_->serve(now());
    for (; room != 0 && !stopped_ && !again_.empty() && again_.begin()->first <= now(); --room) {
        const std::uint64_t number = again_.begin()->second;
        again_.erase(again_.begin());
        ++held_.at(number).deliveries;
        take(number);
    }
    while (room != 0 && !stopped_) {
        std::vector<Message> records = member_->read(room);
        if (records.empty()) break;
        for (Message& record : records) {
            Lane* const lane = member_->find(*record);
            if (lane == nullptr || lane->leaves || !lane->offsets.read(record->offset)) continue;
            lane->offsets.out(record->offset);
            ++lane->out;
            held_.emplace(++last_, Held{std::move(record), lane});
            take(last_);
            room -= std::min<std::size_t>(room, 1);
        }
    }
    member_->commit(now());
}

void Feed::take(std::uint64_t number) {
    const Held& held = held_.at(number);
    const rd_kafka_message_t& record = *held.record;
    broker::Arrival arrival;
    arrival.handle = {{}, number};
    arrival.deliveries = held.deliveries;
    arrival.traceparent = header_of(record, "traceparent");
    intake_.take(std::move(arrival), view_of(record.payload, record.len),
                 [&](sdk::Build& build) { build_record(build, record, reading_, held.deliveries); });
}

// What is rejected is passed over: it stays in the topic, and the group goes on behind it.
void Feed::settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) {
    const auto found = held_.find(handle.count);
    if (found == held_.end())
        return intake_.node().log(sdk::Level::warn, "a message was given to another member of the group meanwhile");
    Lane& lane = *found->second.lane;
    const std::int64_t offset = found->second.record->offset;
    const bool again = answer == broker::Answer::requeue;
    if (again && !stopped_ && !lane.leaves) {
        again_.emplace(now() + delay, handle.count);
        return;
    }
    if (again) lane.offsets.back(offset);
    else lane.offsets.ack(offset);
    --lane.out;
    held_.erase(found);
}

void Feed::stop() {
    stopped_ = true;
    stopped_at_ = now();
    for (const auto& [when, number] : again_) {
        const auto held = held_.extract(number);
        held.mapped().lane->offsets.back(held.mapped().record->offset);
        --held.mapped().lane->out;
    }
    again_.clear();
}

// A cluster that has taken no commit for so long is gone.
bool Feed::is_quiet() const { return stopped_ && (member_->is_quiet() || now() - stopped_at_ > longest_end); }

void Feed::wait_for(std::vector<pollfd>& fds) { fds.push_back({wake_.descriptor(), POLLIN, 0}); }

void Feed::ready(const std::vector<pollfd>& fds) {
    if ((fds[0].revents & POLLIN) != 0) wake_.clear();
}

std::int64_t Feed::patience() const {
    std::int64_t until = member_->due();
    if (!again_.empty()) until = std::min(until, again_.begin()->first);
    if (stopped_) until = std::min(until, std::max(stopped_at_ + longest_end, now()) + second / 10);
    return until == never ? never : std::max<std::int64_t>(until - now(), 0);
}

}  // namespace flowrun::kafka

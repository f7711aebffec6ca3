#include "gathering.hh"

#include <algorithm>
#include <optional>
#include <utility>

namespace flowrun::core {

using namespace sdk;

namespace {

bool before(Value a, Value b) {
    const auto left = a.real(), right = b.real();
    if (left && right) {
        const auto exact_left = a.integer(), exact_right = b.integer();
        return exact_left && exact_right ? *exact_left < *exact_right : *left < *right;
    }
    if (left || right) return left.has_value();
    return a.text().value_or("") < b.text().value_or("");
}

}  // namespace

std::uint64_t Member::memory() const { return sizeof(Member) + message.get().memory() + place.get().memory(); }

void Group::put_in_order() {
    const bool placed = std::all_of(members.begin(), members.end(), [](const Member& m) { return bool(m.place); });
    if (!placed) return;
    std::stable_sort(members.begin(), members.end(),
                     [](const Member& a, const Member& b) { return before(a.place.get(), b.place.get()); });
}

void Group::build_items(Build& out) const {
    out.list();
    for (const Member& member : members) out.value(member.message.get());
    out.end();
}

flowrun_meta Group::meta() const {
    flowrun_meta meta{};
    meta.size = sizeof meta;
    meta.key = name.data();
    meta.key_size = name.size();
    meta.traceparent = traceparent.data();
    meta.traceparent_size = traceparent.size();
    return meta;
}

Group& Gathering::at(const std::string& key, std::int64_t now) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) return *found->second;
    Group& group = groups_.emplace_back();
    group.key = key;
    group.begun = now;
    by_key_.emplace(group.key, std::prev(groups_.end()));
    bytes_ += memory_of(group);
    return group;
}

// What a group takes beside its messages. Its name is a part of its key, or the same.
std::uint64_t Gathering::memory_of(const Group& group) {
    constexpr std::uint64_t places = 128;  // in the list, and among the keys
    return places + sizeof(Group) + 2 * group.key.size();
}

void Gathering::add(Group& group, Member member) {
    const std::uint64_t memory = member.memory();
    group.members.push_back(std::move(member));
    group.bytes += memory;
    bytes_ += memory;
    ++messages_;
}

Group Gathering::take(const Group& group) {
    const auto found = by_key_.find(group.key);
    const auto place = found->second;
    by_key_.erase(found);
    Group taken = std::move(*place);
    groups_.erase(place);
    messages_ -= taken.members.size();
    bytes_ -= taken.bytes + memory_of(taken);
    return taken;
}

}  // namespace flowrun::core

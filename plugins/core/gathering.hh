#pragma once
// Messages that are kept by key, in groups, until each group leaves. Bounded by whoever uses it. Not locked.

#include <flowrun/component.hh>

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flowrun::core {

struct Member {
    sdk::Kept message;
    sdk::Kept place;  // among the others, where they are put in order; else absent

    std::uint64_t memory() const;  // bytes
};

struct Group {
    std::string key;   // as key_text writes it; empty: there are no keys
    std::string name;  // as key_name does
    std::vector<Member> members;
    std::uint64_t bytes = 0;   // of memory that the members take
    std::uint64_t wanted = 0;  // how many messages make it whole, as the last one said; 0: that is not known
    std::int64_t begun = 0;    // when its first message came
    std::string traceparent;   // of its last message; empty: none

    // By place, numbers before texts; those without one stay where they are. Messages of the same place stay in order.
    void put_in_order();
    // Appends the list of its messages.
    void build_items(sdk::Build& out) const;
    // What goes with it; borrowed.
    flowrun_meta meta() const;
};

class Gathering {
public:
    // The group of this key; begun now when there is none.
    Group& at(const std::string& key, std::int64_t now);
    void add(Group& group, Member member);
    Group take(const Group& group);
    // The one that was begun first; there must be one.
    const Group& oldest() const { return groups_.front(); }

    bool empty() const { return groups_.empty(); }
    std::size_t groups() const { return groups_.size(); }
    std::uint64_t messages() const { return messages_; }
    std::uint64_t bytes() const { return bytes_; }  // of memory, keys and all

private:
    static std::uint64_t memory_of(const Group& group);

    std::list<Group> groups_;  // the oldest first
    std::unordered_map<std::string_view, std::list<Group>::iterator> by_key_;
    std::uint64_t messages_ = 0, bytes_ = 0;
};

}  // namespace flowrun::core

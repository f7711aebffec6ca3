#pragma once
// Of each group of a FIFO queue one at a time: SQS gives out up to ten of a group together, and none beside them.
//
// Promises: of a group none is let out before the one that came before it is dealt with; when that is given back, those behind it
// go back too, so that all come again in their order.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "letter.hh"

namespace flowrun::sqs {

class Groups {
public:
    struct Next {
        Delivered one{};
        bool again = false;
    };
    using Rest = std::deque<Next>;

    // None: another of its group is out, for which it waits.
    std::optional<Next> come(Next next) {
        const auto [group, is_first] = all_.try_emplace(next.one.group);
        if (is_first) return next;
        group->second.push_back(std::move(next));
        return std::nullopt;
    }
    // What was out is dealt with: who is to be let out now.
    std::optional<Next> go_on(const std::string& name) {
        const auto group = all_.find(name);
        if (group == all_.end()) return std::nullopt;
        if (group->second.empty()) {
            all_.erase(group);
            return std::nullopt;
        }
        Next next = std::move(group->second.front());
        group->second.pop_front();
        return next;
    }
    // What was out is given back: those that waited for it, in their order.
    Rest give_up(const std::string& name) {
        auto group = all_.extract(name);
        return group.empty() ? Rest() : std::move(group.mapped());
    }
    template <class Give>
    void each_waiting(Give&& give) const {
        for (const auto& [name, rest] : all_) {
            for (const Next& next : rest) give(next.one);
        }
    }

private:
    std::map<std::string, Rest> all_;  // of which one is out
};

}  // namespace flowrun::sqs

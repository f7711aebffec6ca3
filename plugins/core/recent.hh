#pragma once
// What is remembered of keys, in bounded memory: beyond the bounds the key that has not been used for longest is
// forgotten. Not locked.

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace flowrun::core {

template <class What>
class Recent {
public:
    struct Limits {
        std::uint64_t keys = 0;
        std::uint64_t bytes = 0;  // of keys
    };
    explicit Recent(Limits limits) : limits_(limits) {}

    // Null: it is not known. What is found counts as used.
    What* find(std::string_view key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return nullptr;
        by_use_.splice(by_use_.begin(), by_use_, found->second);
        return &found->second->what;
    }
    // A key that is not known yet.
    void add(std::string key, What what) {
        bytes_ += key.size();
        by_use_.push_front({std::move(key), std::move(what)});
        by_key_.emplace(by_use_.front().key, by_use_.begin());
        while (by_use_.size() > 1 && (by_use_.size() > limits_.keys || bytes_ > limits_.bytes)) {
            forget(std::prev(by_use_.end()));
        }
    }
    void remove(std::string_view key) {
        const auto found = by_key_.find(key);
        if (found != by_key_.end()) forget(found->second);
    }
    std::size_t size() const { return by_use_.size(); }

private:
    struct One {
        std::string key;
        What what;
    };
    using Place = typename std::list<One>::iterator;
    void forget(Place one) {
        bytes_ -= one->key.size();
        by_key_.erase(one->key);
        by_use_.erase(one);
    }

    Limits limits_;
    std::list<One> by_use_;  // the last used first
    std::unordered_map<std::string_view, Place> by_key_;
    std::uint64_t bytes_ = 0;
};

}  // namespace flowrun::core

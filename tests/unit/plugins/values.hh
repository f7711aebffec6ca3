#pragma once
// Values for tests of what a plugin reads and writes by itself: the runner's own table, without a node.

#include <flowrun/component.hh>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

#include "component/values_table.hh"

namespace flowrun::test {

inline const flowrun_values* table() { return &component::values_table(); }

// A JSON text, read and kept.
class Json {
public:
    explicit Json(std::string_view text) : reader_(table()) {
        value_ = reader_.read(text);
        REQUIRE(value_);
    }
    sdk::Value operator*() const { return value_; }

private:
    sdk::Reader reader_;
    sdk::Value value_;
};

// What `act` throws, as "code: message"; "" when it throws nothing.
template <class Act>
std::string failure_of(Act&& act) {
    try {
        act();
    } catch (const sdk::Failure& failure) {
        return std::to_string(static_cast<int>(failure.code())) + ": " + failure.what();
    }
    return {};
}

}  // namespace flowrun::test

#include "engine/call/made_settings.hh"

#include <catch2/catch.hpp>

using flowrun::engine::MadeSettings;
using flowrun::value::Node;

TEST_CASE("a setting made for one message is not there for the next, however many there are") {
    const Node a, b;
    MadeSettings settings;
    for (int message = 0; message < 2; ++message) {
        for (const std::uint32_t number : {0U, 1U, 63U, 64U, 200U}) {
            INFO(number);
            CHECK(settings[number] == nullptr);
            settings.put(number, nullptr);
            CHECK(settings[number] == nullptr);
            settings.put(number, &a);
            CHECK(settings[number] == &a);
            CHECK(settings[number + 1] == nullptr);
        }
        settings.put(1, &b);
        CHECK(settings[0] == &a);
        CHECK(settings[1] == &b);
        settings.clear();
        for (const std::uint32_t number : {0U, 1U, 63U, 64U, 200U}) CHECK(settings[number] == nullptr);
    }
}

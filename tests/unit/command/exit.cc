#include "command/exit.hh"

#include <signal.h>

#include <catch2/catch.hpp>
#include <vector>

using namespace flowrun::command;

TEST_CASE("of two exits that hold the graver is told, in the documented order") {
    const std::vector<std::vector<Exit>> order = {
        {Exit::flow},
        {Exit::usage},
        {Exit::unavailable},
        {Exit::broken},
        {Exit::running},
        {Exit::time_up},
        {Exit::interrupted, Exit::terminated, exit_of_signal(SIGHUP), exit_of_signal(SIGUSR2)},
        {Exit::failed},
        {Exit::reader_gone},
        {Exit::ok}};
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t j = i; j < order.size(); ++j) {
            for (const Exit graver_one : order[i]) {
                for (const Exit other : order[j]) {
                    if (i == j && graver_one != other) continue;
                    CHECK(graver(graver_one, other) == graver_one);
                    CHECK(graver(other, graver_one) == graver_one);
                }
            }
        }
    }
}

TEST_CASE("the numbers of exits are part of what users build on") {
    CHECK(code_of(Exit::ok) == 0);
    CHECK(code_of(Exit::failed) == 1);
    CHECK(code_of(Exit::usage) == 64);
    CHECK(code_of(Exit::unavailable) == 69);
    CHECK(code_of(Exit::running) == 75);
    CHECK(code_of(Exit::flow) == 78);
    CHECK(code_of(Exit::time_up) == 124);
    CHECK(code_of(Exit::interrupted) == 130);
    CHECK(code_of(Exit::terminated) == 143);
    CHECK(code_of(Exit::reader_gone) == 141);
}

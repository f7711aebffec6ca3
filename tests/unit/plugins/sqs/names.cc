#include "sqs/names.hh"

#include <flowrun/cxx/queue.hh>

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace flowrun::sqs;

TEST_CASE("a queue's name goes into SQS and comes back, and no two are one") {
    std::set<std::string> seen;
    for (const char* const name : {"orders", "orders_new-2", "by hand", "shop/orders ~> invoice", "--20", " ", "-- ",
                                   "---", "a--4", "--2D20", "\xC3\xA4", "x.y", "x.fifo", "by hand.fifo", "-", "--"}) {
        const Names names{name};
        CHECK(name_of(names.queue) == name);
        CHECK(seen.insert(names.queue).second);
        CHECK(names.queue.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
              std::string::npos);
    }
    CHECK(Names("orders").queue == "orders");
    CHECK(Names("orders").dead == "orders-dead");
    CHECK(Names("orders.fifo").queue == "orders.fifo");
    CHECK(Names("orders.fifo").dead == "orders-dead.fifo");
    CHECK(Names("orders.fifo").fifo);
    CHECK_FALSE(Names("orders").fifo);
}

TEST_CASE("a name that SQS cannot have is refused") {
    CHECK_THROWS_AS(Names(""), flowrun::sdk::QueueError);
    CHECK_THROWS_AS(Names(".fifo"), flowrun::sdk::QueueError);
    CHECK_NOTHROW(Names(std::string(75, 'a')));
    CHECK_THROWS_AS(Names(std::string(76, 'a')), flowrun::sdk::QueueError);
    CHECK_NOTHROW(Names(std::string(70, 'a') + ".fifo"));
    CHECK_THROWS_AS(Names(std::string(71, 'a') + ".fifo"), flowrun::sdk::QueueError);
}

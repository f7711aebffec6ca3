#include "kafka/shelf.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun::kafka;

namespace {

Lane one(Place{"t", 0}, Offsets(0, {})), other(Place{"t", 1}, Offsets(0, {}));

Arrival arrival(const std::string& body, const std::string& key = {}, Lane& lane = one) {
    Arrival made;
    made.message.body = body;
    made.message.key = key;
    made.lane = &lane;
    return made;
}

// All that may be given out now; nobody's turn ends meanwhile.
std::string taken(Shelf& shelf) {
    std::string all;
    while (shelf.front() != nullptr) all += shelf.take().message.body;
    return all;
}

}  // namespace

TEST_CASE("what was read is given out in its order, and what is put first before it") {
    Shelf shelf(false);
    for (const char* body : {"a", "b", "c"}) shelf.add(arrival(body, "same"));
    shelf.add_first(arrival("x"));
    CHECK(taken(shelf) == "xabc");
    CHECK(shelf.empty());
}

TEST_CASE("of a key one is given out until its turn ends, and no other key waits for it") {
    Shelf shelf(true);
    shelf.add(arrival("1", "k"));
    shelf.add(arrival("2", "k"));
    shelf.add(arrival("3", "l"));
    shelf.add(arrival("4", "k"));
    shelf.add(arrival("5"));
    CHECK(taken(shelf) == "135");
    CHECK_FALSE(shelf.empty());
    shelf.end_turn("k");
    CHECK(taken(shelf) == "2");
    shelf.end_turn("l");
    CHECK(taken(shelf).empty());
    shelf.end_turn("k");
    CHECK(taken(shelf) == "4");
    CHECK(shelf.empty());
}

TEST_CASE("what is due later waits for its time, the shorter not for the longer") {
    Shelf shelf(false);
    shelf.add_later(arrival("long"), 300);
    shelf.add_later(arrival("short"), 100);
    shelf.add(arrival("now "));
    shelf.bring(99);
    CHECK(taken(shelf) == "now ");
    CHECK(shelf.next_due() == 100);
    CHECK(shelf.due_after(100) == 1);
    shelf.bring(100);
    CHECK(taken(shelf) == "short");
    shelf.bring(1000);
    CHECK(taken(shelf) == "long");
    CHECK(shelf.next_due() == Shelf::never);
}

TEST_CASE("what leaves with its partition leaves the others their turns") {
    Shelf shelf(true);
    shelf.add(arrival("1", "k"));
    shelf.add(arrival("2", "k", other));
    shelf.add_later(arrival("3"), 5);
    REQUIRE(shelf.front() != nullptr);
    shelf.drop(one);
    shelf.bring(10);
    CHECK(taken(shelf) == "2");
    CHECK(shelf.empty());
}

TEST_CASE("a shelf is full by messages or by bytes") {
    Shelf shelf(false);
    CHECK(shelf.has_room());
    for (int i = 0; i < 65; ++i) shelf.add(arrival(std::string(std::size_t{1} << 20, 'x')));
    CHECK_FALSE(shelf.has_room());
    shelf.drop(one);
    CHECK(shelf.has_room());
    for (int i = 0; i < 20'000; ++i) shelf.add(arrival("x"));
    CHECK_FALSE(shelf.has_room());
}

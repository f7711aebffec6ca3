#include "base/edit_distance.hh"

#include <catch2/catch.hpp>

using flowrun::edit_distance;

TEST_CASE("edit distance: each kind of edit counts one") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("timeout", "timeout") == 0);
    CHECK(edit_distance("timeout", "timeot") == 1);
    CHECK(edit_distance("timeout", "timeouts") == 1);
    CHECK(edit_distance("timeout", "timeaut") == 1);
    CHECK(edit_distance("timeout", "itmeout") == 1);
    CHECK(edit_distance("timeout", "timeotu") == 1);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("edit distance: the case of a letter is no change") {
    CHECK(edit_distance("TimeOut", "timeout") == 0);
    CHECK(edit_distance("EM", "me") == 1);
    CHECK(edit_distance("@", "`") == 1);  // beside the letters nothing has a case
    CHECK(edit_distance("Ä", "ä") == 1);
}

TEST_CASE("edit distance: it is the same from either side") {
    for (const char* a : {"", "a", "ba", "map", "mode", "overflow"}) {
        for (const char* b : {"ab", "pam", "order_by", "ovreflow"}) CHECK(edit_distance(a, b) == edit_distance(b, a));
    }
}

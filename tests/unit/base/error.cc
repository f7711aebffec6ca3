#include "base/error.hh"

#include <flowrun/component.h>

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun;

TEST_CASE("error: codes are those of the plugin interface") {
    CHECK(static_cast<int>(Code::ok) == FLOWRUN_OK);
    CHECK(static_cast<int>(Code::invalid) == FLOWRUN_E_INVALID);
    CHECK(static_cast<int>(Code::failed) == FLOWRUN_E_FAILED);
    CHECK(static_cast<int>(Code::timeout) == FLOWRUN_E_TIMEOUT);
    CHECK(static_cast<int>(Code::cancelled) == FLOWRUN_E_CANCELLED);
    CHECK(static_cast<int>(Code::unavailable) == FLOWRUN_E_UNAVAILABLE);
    CHECK(static_cast<int>(Code::overflow) == FLOWRUN_E_OVERFLOW);
    CHECK(static_cast<int>(Code::permanent) == FLOWRUN_E_PERMANENT);
    CHECK(static_cast<int>(Code::internal) == FLOWRUN_E_INTERNAL);
}

TEST_CASE("error: users see a name for each code") {
    CHECK(name_of(Code::ok) == "ok");
    CHECK(name_of(Code::invalid) == "invalid");
    CHECK(name_of(Code::failed) == "failed");
    CHECK(name_of(Code::timeout) == "timeout");
    CHECK(name_of(Code::cancelled) == "cancelled");
    CHECK(name_of(Code::unavailable) == "unavailable");
    CHECK(name_of(Code::overflow) == "overflow");
    CHECK(name_of(Code::permanent) == "permanent");
    CHECK(name_of(Code::internal) == "internal");
}

TEST_CASE("error: what another attempt cannot mend is not retried") {
    for (const Code code : {Code::invalid, Code::permanent, Code::cancelled}) {
        CHECK_FALSE(retryable_by_default(code));
        CHECK_FALSE(Error::of(code, "").retryable);
    }
    for (const Code code : {Code::failed, Code::timeout, Code::unavailable, Code::overflow, Code::internal}) {
        CHECK(retryable_by_default(code));
        CHECK(Error::of(code, "").retryable);
    }
}

TEST_CASE("error: a result holds a value or an error") {
    const auto half = [](int n) -> Result<int> {
        if (n % 2 != 0) return fail(Code::invalid, "odd");
        return n / 2;
    };
    CHECK(half(4) == 2);
    REQUIRE_FALSE(half(3));
    CHECK(half(3).error().code == Code::invalid);
    CHECK(half(3).error().message == "odd");
}

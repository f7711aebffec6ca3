#include "sqs/signature.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun::sqs;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t moment = std::int64_t{1'440'938'160} * second;  // 2015-08-30 12:36:00 UTC

const Credentials& example() {
    static const Credentials known{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", {}};
    return known;
}

std::string signature_in(const Signed& made) { return made.authorization.substr(made.authorization.rfind('=') + 1); }

}  // namespace

TEST_CASE("a request is signed as the test suite of AWS has it (post-vanilla)") {
    Signer signer("us-east-1", "service");
    const Signed made = signer.sign(example(), "/", {{"host", "example.amazonaws.com"}}, "", moment);
    CHECK(made.date == "20150830T123600Z");
    CHECK(made.authorization ==
          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
          "SignedHeaders=host;x-amz-date, "
          "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST_CASE("headers are signed in the order of their names (post-header-key-sort)") {
    Signer signer("us-east-1", "service");
    const Signed made =
        signer.sign(example(), "/", {{"my-header1", "value1"}, {"host", "example.amazonaws.com"}}, "", moment);
    CHECK(signature_in(made) == "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c");
}

TEST_CASE("a signature goes with the body, the path, the day and the secret") {
    Signer signer("us-east-1", "sqs");
    const auto sign = [&](const Credentials& by, std::string_view path, std::string_view body, std::int64_t wall) {
        return signature_in(signer.sign(by, path, {{"host", "h"}}, body, wall));
    };
    const std::string first = sign(example(), "/", "{}", moment);
    CHECK(sign(example(), "/", "{}", moment) == first);
    CHECK(sign(example(), "/", "{ }", moment) != first);
    CHECK(sign(example(), "/other/", "{}", moment) != first);
    CHECK(sign(example(), "/", "{}", moment + 86'400 * second) != first);
    CHECK(sign({"AKIDEXAMPLE", "another", {}}, "/", "{}", moment) != first);
    CHECK(sign(example(), "/", "{}", moment) == first);
}

#include "sqs/letter.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun;
using namespace flowrun::sqs;

namespace {

// As the server gives it out again.
std::optional<Delivered> given_back(const Entry& entry) {
    const auto json = broker::Json::parse("{" + entry.text + "}");
    REQUIRE(json);
    const std::string body = (*json)["MessageBody"].text();
    const std::string packed = (*json)["MessageAttributes"]["flowrun"]["StringValue"].text();
    const std::string attributes =
        packed.empty() ? "" : R"(,"MessageAttributes":{"flowrun":{"StringValue":)" + broker::json_text(packed) + "}}";
    const auto given = broker::Json::parse(
        R"({"MessageId":"m","ReceiptHandle":"r","Attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"7"},"Body":)" +
        broker::json_text(body) + attributes + "}");
    REQUIRE(given);
    return delivered(*given);
}

}  // namespace

TEST_CASE("any body comes back, whatever SQS takes") {
    for (const std::string& body :
         {std::string(), std::string(" "), std::string("{\"a\":\"\xC3\xA4\"}"), std::string("\0\xFF\x01", 3),
          std::string("\xEF\xBF\xBE"), std::string("\xED\xA0\x80"), std::string("\xF0\x9F\x98\x80"),
          std::string("YQ==")}) {
        broker::Message message;
        message.body = body;
        message.id = "an id";
        const auto back = given_back(entry_of(message, {}));
        REQUIRE(back);
        CHECK(back->message.body == body);
        CHECK(back->message.id == "an id");
        CHECK(back->times == 3);
        CHECK(back->receipt == "r");
    }
}

TEST_CASE("all that goes beside a body fits into one attribute") {
    broker::Message message;
    message.body = "{}";
    message.id = "i&d=%";
    message.key = "k\xC3\xA9y \n";
    message.error = R"({"code":"failed"})";
    message.attempts = 4;
    message.total = -1;
    message.due = 1'796'014'800'000'000'000;
    const Entry entry = entry_of(message, {30, {}, {}});
    CHECK(entry.text.find("\"DelaySeconds\":30") != entry.text.npos);
    const auto back = given_back(entry);
    REQUIRE(back);
    CHECK(back->message.id == message.id);
    CHECK(back->message.key == message.key);
    CHECK(back->message.error == message.error);
    CHECK(back->message.attempts == 4);
    CHECK(back->message.total == -1);
    CHECK(back->message.due == message.due);
}

TEST_CASE("a message of somebody else goes by the id and time that SQS gave it") {
    const auto given = broker::Json::parse(
        R"({"MessageId":"m","ReceiptHandle":"r","Body":"x","Attributes":{"SentTimestamp":"1500"}})");
    const auto one = delivered(*given);
    REQUIRE(one);
    CHECK(one->message.id == "m");
    CHECK(one->message.accepted == 1'500'000'000);
    CHECK(one->times == 1);
    CHECK_FALSE(delivered(*broker::Json::parse(R"({"Body":"x"})")));
    CHECK_FALSE(delivered(*broker::Json::parse("[]")));
}

TEST_CASE("what SQS takes as no group goes by its hash") {
    CHECK(token_of("order-7!") == "order-7!");
    CHECK(token_of("order 7").size() == 64);
    CHECK(token_of("").size() == 64);
    CHECK(token_of(std::string(129, 'a')) != token_of(std::string(130, 'a')));
}

// CloudEvents as they are written and read, held against what their specification shows.
#include "broker/cloud_event.hh"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../values.hh"
#include "broker/base64.hh"

using namespace flowrun;
using broker::CloudEvent;
using broker::CloudEvents;
using test::failure_of;
using Headers = std::vector<std::pair<std::string, std::string>>;

namespace {

constexpr std::int64_t noon = 1'522'950'984'000'000'000;  // 2018-04-05T17:56:24Z
constexpr std::string_view prefixes[] = {"ce-"};

CloudEvent event(const std::string& attributes, broker::Body data = {R"({"n":1})", "application/json"}) {
    const test::Json given(attributes);
    return CloudEvent(*given, {"m1", noon}, std::move(data));
}
std::string written(const CloudEvent& one) {
    std::string all;
    one.each_attribute(
        [&](std::string_view name, std::string_view text) { ((((all += name) += '=') += text) += ' '); });
    return all + std::string(one.content_type()) + " " + one.data().bytes;
}
std::string read(const std::string& body, const std::string& type, const Headers& headers = {},
                 broker::Reading reading = {broker::Format::automatic, CloudEvents::accept}) {
    sdk::Builder builder(test::table());
    builder.map();
    broker::Content content{body, type};
    content.each_header = [&](const broker::Content::Give& give) {
        for (const auto& [name, value] : headers) give(name, value);
    };
    content.prefixes = prefixes;
    content.percent = true;
    broker::build_content(builder, content, reading);
    return builder.end().finish().json();
}

const std::string least = R"("specversion":"1.0","id":"A-1","source":"/shop","type":"org.example.sold")";
const std::string structured = "application/cloudevents+json";

}  // namespace

TEST_CASE("an event has what each event must have, and what it was given") {
    CHECK(
        written(event(R"({"source":"/shop","type":"org.example.sold"})")) ==
        R"(specversion=1.0 source=/shop type=org.example.sold id=m1 time=2018-04-05T17:56:24.000000Z application/json {"n":1})");
    CHECK(
        written(event(
            R"({"source":"/shop","type":"t","id":"7","time":"2018-04-05T17:31:00Z","subject":"a b","count":5,"ok":true,"none":null})")) ==
        R"(specversion=1.0 source=/shop type=t id=7 time=2018-04-05T17:31:00Z subject=a b count=5 ok=true application/json {"n":1})");
}

TEST_CASE("an event whose message has no id is given one that no other has") {
    const test::Json given(R"({"source":"/shop","type":"t"})");
    const CloudEvent one(*given, {"", noon}, {"1", "application/json"}),
        other(*given, {"", noon}, {"1", "application/json"});
    CHECK(written(one) != written(other));
}

TEST_CASE("a whole event is one JSON object, with its data as its type says") {
    CHECK(
        event(R"({"source":"/s","type":"t","time":"2018-04-05T17:31:00Z","count":5})").structured().bytes ==
        R"({"specversion":"1.0","source":"/s","type":"t","time":"2018-04-05T17:31:00Z","count":5,"id":"m1","datacontenttype":"application/json","data":{"n":1}})");
    const auto data_of = [](broker::Body data, const std::string& type) {
        const std::string text =
            event(R"({"source":"/s","type":"t","time":"2018-04-05T17:31:00Z","datacontenttype":")" + type + "\"}",
                  std::move(data))
                .structured()
                .bytes;
        return text.substr(text.find("\"data"));
    };
    CHECK(data_of({"<much wow=\"xml\"/>", "text/plain"}, "application/xml") ==
          R"("datacontenttype":"application/xml","data":"<much wow=\"xml\"/>"})");
    CHECK(data_of({std::string("\0\xff", 2), "application/octet-stream"}, "application/x-some") ==
          R"("datacontenttype":"application/x-some","data_base64":"AP8="})");
    CHECK(data_of({"[1]", "text/plain"}, "text/json") == R"("datacontenttype":"text/json","data":[1]})");
}

TEST_CASE("what no event can have is refused") {
    const auto refusal = [](const std::string& more, broker::Body data = {"1", "application/json"}) {
        return failure_of([&] { event(R"({"source":"/s","type":"t")" + more + "}", std::move(data)); });
    };
    CHECK(refusal("").empty());
    CHECK(refusal(R"(,"Type":"t")").find("cannot be an attribute") != std::string::npos);
    CHECK(refusal(R"(,"data":"t")").find("cannot be an attribute") != std::string::npos);
    CHECK(refusal(R"(,"a_b":"t")").find("cannot be an attribute") != std::string::npos);
    CHECK(refusal(R"(,"time":"yesterday")").find("RFC 3339") != std::string::npos);
    CHECK(refusal(R"(,"specversion":"0.3")").find("version '0.3'") != std::string::npos);
    CHECK(refusal(R"(,"big":4294967296)").find("32 bits") != std::string::npos);
    CHECK(refusal(R"(,"list":[1])").find("32 bits") != std::string::npos);
    CHECK(refusal(R"(,"line":"a\nb")").find("no text") != std::string::npos);
    CHECK(refusal(R"(,"id":"")").find("no 'id'") != std::string::npos);
    CHECK(refusal(R"(,"subject":"")").find("empty") != std::string::npos);
    CHECK(refusal(R"(,"datacontenttype":"application/json")", {"{", "text/plain"}).find("no JSON") !=
          std::string::npos);
    CHECK(failure_of([] { event(R"({"source":"/s"})"); }).find("no 'type'") != std::string::npos);
}

TEST_CASE("an event in headers is read with its data") {
    const Headers headers{{"ce-specversion", "1.0"},
                          {"Ce-Id", "A-1"},
                          {"ce-source", "/shop"},
                          {"ce-type", "t"},
                          {"ce-subject", "Euro%20%E2%82%AC%20%F0%9F%98%80"},
                          {"other", "thing"}};
    CHECK(
        read("[1]", "application/json", headers) ==
        R"({"event":{"id":"A-1","source":"/shop","specversion":"1.0","subject":"Euro € 😀","type":"t","datacontenttype":"application/json"},"body":[1]})");
    CHECK(read("[1]", "application/json", headers, {broker::Format::text, CloudEvents::ignore}) == R"({"body":"[1]"})");
}

TEST_CASE("a whole event is read with its data") {
    const auto reads = [&](const std::string& more) {
        return read("{" + least + more + "}", structured + "; charset=UTF-8");
    };
    const std::string begins = R"({"event":{)" + least;
    CHECK(reads(R"(,"count":5,"ok":false,"subject":null,"data":{"a":1.50})") ==
          begins + R"(,"count":5,"ok":false},"body":{"a":1.50}})");
    CHECK(reads(R"(,"data":"I'm just a string")") == begins + R"(},"body":"I'm just a string"})");
    CHECK(reads(R"(,"datacontenttype":"application/xml","data":"<a/>")") ==
          begins + R"(,"datacontenttype":"application/xml"},"body":"<a/>"})");
    CHECK(reads(R"(,"datacontenttype":"text/plain","data_base64":"aGVsbG8=")") ==
          begins + R"(,"datacontenttype":"text/plain"},"body":"hello"})");
    CHECK(reads("") == begins + R"(},"body":null})");
    CHECK(reads(R"(,"data":null)") == begins + R"(},"body":null})");
    CHECK(read("{" + least + "}", "") == begins + R"(},"body":null})");
}

TEST_CASE("what an event says is what is read of it, by either mode") {
    const CloudEvent one = event(R"({"source":"/s","type":"t","subject":"ä \"%","n":3,"time":"2018-04-05T17:31:00Z"})");
    Headers headers;
    one.each_attribute([&](std::string_view name, std::string_view text) {
        headers.emplace_back("ce-" + std::string(name), broker::percent_of(text));
    });
    CHECK(
        read(one.data().bytes, std::string(one.content_type()), headers) ==
        R"({"event":{"id":"m1","n":"3","source":"/s","specversion":"1.0","subject":"ä \"%","time":"2018-04-05T17:31:00Z","type":"t","datacontenttype":"application/json"},"body":{"n":1}})");
    CHECK(
        read(one.structured().bytes, std::string(one.structured().type)) ==
        R"({"event":{"specversion":"1.0","source":"/s","type":"t","subject":"ä \"%","n":3,"time":"2018-04-05T17:31:00Z","id":"m1","datacontenttype":"application/json"},"body":{"n":1}})");
}

TEST_CASE("what only says that it is an event is refused, and what does not is no event") {
    const auto refusal = [](const std::string& body, const std::string& type, const Headers& headers = {},
                            CloudEvents events = CloudEvents::accept) {
        return failure_of([&] { read(body, type, headers, {broker::Format::automatic, events}); });
    };
    CHECK(read("[1]", "application/json") == R"({"body":[1]})");
    CHECK(read(R"({"id":1})", "") == R"({"body":"{\"id\":1}"})");
    CHECK(refusal("[1]", "application/json", {}, CloudEvents::require).find("does not say") != std::string::npos);
    CHECK(refusal("[1]", structured).find("no JSON object") != std::string::npos);
    CHECK(refusal("{", structured).find("no JSON object") != std::string::npos);
    CHECK(refusal("[]", "application/cloudevents-batch+json").find("is not read") != std::string::npos);
    CHECK(refusal("{}", structured).find("no 'specversion'") != std::string::npos);
    const auto broken = [&](const std::string& more) { return refusal("{" + least + more + "}", structured); };
    CHECK(broken(R"(,"id":"B")").find("two of 'id'") != std::string::npos);
    CHECK(broken(R"(,"data":1,"data_base64":"AA==")").find("data and data_base64") != std::string::npos);
    CHECK(broken(R"(,"data_base64":"A")").find("data_base64 is none") != std::string::npos);
    CHECK(broken(R"(,"data_base64":7)").find("data_base64 is none") != std::string::npos);
    CHECK(broken(R"(,"datacontenttype":"text/plain","data":7)").find("no text") != std::string::npos);
    CHECK(broken(R"(,"half":0.5)").find("32 bits") != std::string::npos);
    CHECK(broken(R"(,"nested":{})").find("32 bits") != std::string::npos);
    Headers headers{{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}};
    CHECK(refusal("1", "", headers).find("no 'type'") != std::string::npos);
    headers.emplace_back("ce-type", "%C0%A0");
    CHECK(refusal("1", "", headers).find("no text") != std::string::npos);
    headers.back().second = "t";
    headers.emplace_back("ce-", "x");
    CHECK(refusal("1", "", headers).find("cannot be an attribute") != std::string::npos);
}

TEST_CASE("header values are percent-encoded, and read as others may write them") {
    CHECK(broker::percent_of("Euro € 😀") == "Euro%20%E2%82%AC%20%F0%9F%98%80");
    CHECK(broker::from_percent("Euro%20%e2%82%ac%20%F0%9F%98%80") == "Euro € 😀");
    CHECK(broker::from_percent("\"a \\\"b\\\\\"") == "a \"b\\");
    CHECK(broker::from_percent("100%") == "100%");
    CHECK(broker::from_percent("%4") == "%4");
    CHECK(broker::from_percent("\"") == "\"");
}

TEST_CASE("base64 gives back what was put in, and takes nothing else") {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        CHECK(broker::from_base64(broker::base64_of(bytes)) == bytes);
        bytes += static_cast<char>(i * 7);
    }
    CHECK(broker::base64_of("foob") == "Zm9vYg==");
    CHECK(broker::from_base64("Zm9v\r\nYg") == "foob");
    for (const char* none : {"A", "A=AA", "====",
                             "A\x01"
                             "BC",
                             "AAAA=", "AAA==", "AB=C"})
        CHECK_FALSE(broker::from_base64(none));
}

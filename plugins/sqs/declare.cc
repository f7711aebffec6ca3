#include "declare.hh"

#include <algorithm>
#include <charconv>

#include "broker/session.hh"

namespace flowrun::sqs {
namespace {

// An hour short of two weeks would do as well; two weeks is the most.
constexpr std::string_view attributes = R"("MessageRetentionPeriod":"1209600","ReceiveMessageWaitTimeSeconds":"20")";
constexpr std::string_view of_fifo =
    R"(,"FifoQueue":"true","DeduplicationScope":"messageGroup","FifoThroughputLimit":"perMessageGroupId")";
constexpr std::size_t mebibyte = std::size_t{1} << 20, old_limit = std::size_t{256} << 10;

std::optional<std::string> url_of(Service& service, const std::string& name, const std::string& account) {
    std::string body = "{\"QueueName\":" + broker::json_text(name);
    if (!account.empty()) body += ",\"QueueOwnerAWSAccountId\":" + broker::json_text(account);
    const Reply reply = service.ask("GetQueueUrl", body + "}");
    if (reply.error == "QueueDoesNotExist") return std::nullopt;
    must(reply);
    return reply.json["QueueUrl"].text();
}

QueueAt at(Service& service, std::string url) {
    const Reply reply =
        service.ask("GetQueueAttributes", "{\"QueueUrl\":" + broker::json_text(url) + R"(,"AttributeNames":["All"]})");
    must(reply);
    return {std::move(url), reply.json["Attributes"]};
}

}  // namespace

std::int64_t QueueAt::number(std::string_view attribute) const {
    const std::string& text = attributes[attribute].text();
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::size_t QueueAt::largest() const {
    const std::int64_t said = number("MaximumMessageSize");
    return said > 0 ? static_cast<std::size_t>(said) : old_limit;
}

// A server that takes messages of 1 MiB takes batches of 1 MiB; older ones have 256 KiB for both.
std::size_t QueueAt::largest_batch() const { return largest() > old_limit ? mebibyte : old_limit; }

std::optional<std::string> find_queue(Service& service, const std::string& name) {
    return url_of(service, name, service.place().account);
}

std::optional<QueueAt> look_at_queue(Service& service, const std::string& name) {
    auto url = find_queue(service, name);
    return url ? std::optional(at(service, std::move(*url))) : std::nullopt;
}

QueueAt have_queue(Service& service, const std::string& name) {
    if (auto there = look_at_queue(service, name)) return std::move(*there);
    std::string body = "{\"QueueName\":" + broker::json_text(name) + ",\"Attributes\":{" + std::string(attributes);
    if (name.ends_with(fifo_ending)) body += of_fifo;
    const Reply reply = service.ask("CreateQueue", body + "}}");
    // Somebody else has made it meanwhile, with other attributes.
    if (reply.error == "QueueNameExists" || reply.error == "QueueAlreadyExists") {
        if (auto there = look_at_queue(service, name)) return std::move(*there);
    }
    must(reply);
    return at(service, reply.json["QueueUrl"].text());
}

// Of a policy {"deadLetterTargetArn":"arn:aws:sqs:REGION:ACCOUNT:NAME","maxReceiveCount":5}.
std::optional<QueueAt> dead_of(Service& service, const QueueAt& queue, const Names& names, bool make) {
    const auto policy = broker::Json::parse(queue.attributes["RedrivePolicy"].text());
    const std::string arn = policy ? (*policy)["deadLetterTargetArn"].text() : std::string();
    const std::size_t before_name = arn.rfind(':');
    const std::size_t before_account =
        before_name == arn.npos || before_name == 0 ? arn.npos : arn.rfind(':', before_name - 1);
    if (before_account == arn.npos)
        return make ? std::optional(have_queue(service, names.dead)) : look_at_queue(service, names.dead);
    const auto url =
        url_of(service, arn.substr(before_name + 1), arn.substr(before_account + 1, before_name - before_account - 1));
    if (!url) throw broker::Lost{"the queue of its redrive policy is not there: " + arn, true};
    return at(service, *url);
}

}  // namespace flowrun::sqs

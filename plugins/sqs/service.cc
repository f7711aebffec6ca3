#include "service.hh"

#include <flowrun/cxx/queue.hh>

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "broker/session.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t first_pause = 100 * millisecond, longest_pause = 5 * second;
constexpr unsigned most_tries = 6;
constexpr std::string_view no_json = "no JSON";

bool one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool is_busy(long status, std::string_view code) {
    return status >= 500 || status == 429 ||
           one_of(code, {"ThrottlingException", "Throttling", "RequestThrottled", "RequestThrottledException",
                         "TooManyRequestsException", "RequestLimitExceeded", "SlowDown", "ServiceUnavailable",
                         "InternalFailure", "InternalError", "KmsThrottled"});
}

// "com.amazonaws.sqs#QueueDoesNotExist" and "AWS.SimpleQueueService.NonExistentQueue"
std::string code_of(const broker::Json& json, long status) {
    std::string code = json["__type"].text();
    if (code.empty()) code = json["code"].text();
    code.erase(0, code.rfind('#') + 1);
    code.erase(0, code.rfind('.') + 1);
    if (code == "NonExistentQueue") code = "QueueDoesNotExist";
    return code.empty() ? "HTTP " + std::to_string(status) : code;
}

Reply reply_of(const Answer& answer) {
    Reply reply;
    auto json = broker::Json::parse(answer.text.empty() ? "{}" : std::string_view(answer.text));
    if (answer.status == 200 && json && json->is_object()) {
        reply.json = std::move(*json);
        return reply;
    }
    reply.json = json ? std::move(*json) : broker::Json();
    reply.error = answer.status == 200 ? std::string(no_json) : code_of(reply.json, answer.status);
    reply.text = reply.json[reply.json.has("message") ? "message" : "Message"].text();
    return reply;
}

}  // namespace

void must(const Reply& reply) {
    if (reply.ok()) return;
    const std::string text = reply.error + (reply.text.empty() ? "" : ": " + reply.text);
    if (one_of(reply.error, {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "QueueDoesNotExist",
                             "QueueDeletedRecently", "OverLimit"}) ||
        is_busy(reply.error.starts_with("HTTP 5") ? 500 : 0, reply.error) || reply.error == no_json)
        throw broker::Lost{text, true};
    throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, text};
}

Service::Service(Place place, Clock now, Clock wall)
    : place_(std::move(place)), now_(std::move(now)), wall_(std::move(wall)), credentials_(place_.profile),
      signer_(place_.region, "sqs"), client_(place_.endpoint, place_.ca),
      alarm_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {}

Service::~Service() { ::close(alarm_); }

Service::Number Service::call(std::string_view action, std::string body, Done done, std::int64_t patience,
                              std::int64_t delay) {
    Call one{++last_, std::string(action), std::move(body), std::move(done), patience};
    under_way_.emplace(last_, std::nullopt);
    if (delay <= 0) {
        start(std::move(one));
    } else {
        auto waits = std::make_shared<Call>(std::move(one));
        later(delay, [this, waits] { start(std::move(*waits)); });
    }
    return last_;
}

void Service::start(Call&& call) {
    const auto known = under_way_.find(call.number);
    if (known == under_way_.end()) return;  // dropped meanwhile
    const Credentials& by = credentials_.current(wall_());
    std::vector<std::pair<std::string, std::string>> headers = {{"host", place_.host},
                                                                {"content-type", "application/x-amz-json-1.0"},
                                                                {"x-amz-target", "AmazonSQS." + call.action}};
    if (!by.token.empty()) headers.emplace_back("x-amz-security-token", by.token);
    const Signed signature = signer_.sign(by, place_.path, headers, call.body, wall_());
    std::vector<std::string> lines = {"Expect:", "Accept:", "X-Amz-Date: " + signature.date,
                                      "Authorization: " + signature.authorization};
    for (const auto& [name, value] : headers) lines.push_back(name + ": " + value);
    auto own = std::make_shared<Call>(std::move(call));
    known->second = client_.post(lines, own->body, static_cast<long>(own->patience / millisecond),
                                 [this, own](Answer&& answer) { answered(std::move(*own), std::move(answer)); });
}

void Service::answered(Call&& call, Answer&& answer) {
    if (answer.status == 0) throw broker::Lost{answer.text};
    Reply reply = reply_of(answer);
    if (!reply.ok() && is_busy(answer.status, reply.error) && ++call.tries < most_tries) return again(std::move(call));
    under_way_.erase(call.number);
    call.done(std::move(reply));
}

// Apart by the time of day, so that those who were refused together do not come together.
void Service::again(Call&& call) {
    under_way_[call.number].reset();
    const std::int64_t pause = std::min(first_pause << call.tries, longest_pause);
    auto waits = std::make_shared<Call>(std::move(call));
    later(pause / 2 + wall_() % (pause / 2), [this, waits] { start(std::move(*waits)); });
}

void Service::drop(Number number) {
    const auto known = under_way_.find(number);
    if (known == under_way_.end()) return;
    if (known->second) client_.drop(*known->second);
    under_way_.erase(known);
}

void Service::later(std::int64_t delay, std::function<void()> what) { later_.emplace(now_() + delay, std::move(what)); }

void Service::work() {
    client_.work();
    while (!later_.empty() && later_.begin()->first <= now_()) {
        const std::function<void()> what = std::move(later_.begin()->second);
        later_.erase(later_.begin());
        what();
    }
}

void Service::wait_for(std::vector<pollfd>& fds) {
    const std::int64_t at = later_.empty() ? never : later_.begin()->first;
    if (std::exchange(alarm_at_, at) != at) {
        itimerspec when{};
        const std::int64_t left = at == never ? 0 : std::max<std::int64_t>(at - now_(), 1);
        when.it_value = {left / second, left % second};
        ::timerfd_settime(alarm_, 0, &when, nullptr);
    }
    fds.push_back({alarm_, POLLIN, 0});
    fds.push_back({client_.descriptor(), POLLIN, 0});
}

Reply Service::ask(std::string_view action, std::string body) {
    std::optional<Reply> reply;
    call(action, std::move(body), [&](Reply&& answer) { reply = std::move(answer); });
    std::vector<pollfd> fds;
    while (!reply) {
        work();
        if (reply) break;
        fds.clear();
        wait_for(fds);
        ::poll(fds.data(), fds.size(), 1'000);
    }
    return std::move(*reply);
}

}  // namespace flowrun::sqs

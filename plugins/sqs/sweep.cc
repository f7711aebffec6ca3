#include "sweep.hh"

#include <flowrun/cxx/queue.hh>

#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "answers.hh"
#include "batches.hh"
#include "broker/session.hh"
#include "text.hh"

namespace flowrun::sqs {
namespace {

constexpr std::string_view hidden = "120";  // seconds
constexpr int most_empty = 3;

class Sweep {
public:
    Sweep(Service& service, QueueAt dead, std::string_view name,
          const std::function<Fate(const broker::Message&)>& judge)
        : service_(service), dead_(std::move(dead)), names_(name), judge_(judge), answers_(service, dead_.url) {}

    std::int64_t run() {
        for (int empty = 0; empty < most_empty;) {
            const std::size_t before = seen_.size();
            receive(empty);
            empty = seen_.size() == before ? empty + 1 : 0;
            if (empty != 0 && nothing_is_left()) break;
        }
        for (const std::string& receipt : stay_) answers_.show_again(receipt, 0);
        work();
        return gone_;
    }

private:
    void receive(int wait) {
        std::string body = "{\"QueueUrl\":" + broker::json_text(dead_.url) + ",";
        body += wanted_attributes();
        body += ",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":" + std::to_string(wait) + ",\"VisibilityTimeout\":";
        const Reply reply = service_.ask("ReceiveMessage", (body += hidden) + "}");
        must(reply);
        for (const broker::Json& given : reply.json["Messages"].items()) {
            if (auto one = delivered(given)) look_at(std::move(*one));
        }
        work();
    }
    bool nothing_is_left() {
        const auto now = look_at_queue(
            service_, dead_.attributes["QueueArn"].text().substr(dead_.attributes["QueueArn"].text().rfind(':') + 1));
        return !now || now->number("ApproximateNumberOfMessages") == 0;
    }
    void look_at(Delivered&& one) {
        if (!seen_.insert(one.id).second) return stay_.push_back(std::move(one.receipt));
        one.message.number = broker::number_of(one.message);
        switch (judge_(one.message)) {
            case Fate::stays: return stay_.push_back(std::move(one.receipt));
            case Fate::goes: ++gone_; return remove(one.receipt);
            case Fate::returns: break;
        }
        ++gone_;
        broker::Message& message = one.message;
        message.attempts = 0;
        message.due = 0;
        message.error.clear();
        message.origin.clear();
        Way way;
        if (names_.fifo) {
            way.group = token_of(message.key.empty() ? message.id : message.key);
            way.deduplication = hex_of(sha256_of(one.receipt));
        }
        sends().add(entry_of(message, way), [this, receipt = one.receipt](const Batches::Outcome& sent) {
            if (!sent.ok) throw broker::Lost{sent.text};
            remove(receipt);
        });
    }
    Batches& sends() {
        if (!sends_) {
            const QueueAt queue = have_queue(service_, names_.queue);
            sends_.emplace(service_, "SendMessageBatch", queue.url, queue.largest_batch(), std::size_t{1});
        }
        return *sends_;
    }
    void remove(const std::string& receipt) {
        answers_.remove(receipt, [](std::int32_t status, std::string_view text) {
            if (status != FLOWRUN_OK) throw broker::Lost{std::string(text)};
        });
    }
    void work() {
        std::vector<pollfd> fds;
        for (;;) {
            if (sends_) sends_->flush();
            answers_.flush();
            if ((!sends_ || sends_->empty()) && answers_.empty()) return;
            fds.clear();
            service_.wait_for(fds);
            ::poll(fds.data(), fds.size(), 1'000);
            service_.work();
        }
    }

    Service& service_;
    const QueueAt dead_;
    const Names names_;
    const std::function<Fate(const broker::Message&)>& judge_;
    Answers answers_;
    std::optional<Batches> sends_;
    std::unordered_set<std::string> seen_;  // SQS's ids
    std::vector<std::string> stay_;         // receipts
    std::int64_t gone_ = 0;
};

}  // namespace

std::int64_t sweep_dead(Service& service, std::string_view name,
                        const std::function<Fate(const broker::Message&)>& judge) {
    const Names names(name);
    QueueAt queue;
    if (auto found = look_at_queue(service, names.queue)) queue = std::move(*found);
    auto dead = dead_of(service, queue, names, false);
    return dead ? Sweep(service, std::move(*dead), name, judge).run() : 0;
}

}  // namespace flowrun::sqs

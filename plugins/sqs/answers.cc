#include "answers.hh"

#include <flowrun/ext/queue.h>

#include <utility>

namespace flowrun::sqs {
namespace {

constexpr std::size_t deletes_at_once = 8;
constexpr std::size_t largest_batch = std::size_t{256} << 10;  // they are small

Entry entry_of(const std::string& receipt, const std::string& more) {
    Entry entry{"\"ReceiptHandle\":" + broker::json_text(receipt) + more};
    entry.size = entry.text.size();
    return entry;
}

// The server has no longer lent it to us.
bool is_stale(const Batches::Outcome& outcome) {
    return outcome.code.find("ReceiptHandle") != outcome.code.npos ||
           outcome.code.find("MessageNotInflight") != outcome.code.npos || outcome.code == "InvalidParameterValue";
}

Batches::Done told(Answers::Then then) {
    return [then = std::move(then)](const Batches::Outcome& outcome) {
        if (!then) return;
        if (outcome.ok) return then(FLOWRUN_OK, {});
        then(is_stale(outcome) ? FLOWRUN_E_TIMEOUT : FLOWRUN_E_UNAVAILABLE, outcome.text);
    };
}

}  // namespace

Answers::Answers(Service& service, const std::string& queue)
    : deletes_(service, "DeleteMessageBatch", queue, largest_batch, deletes_at_once),
      visibilities_(service, "ChangeMessageVisibilityBatch", queue, largest_batch, 1) {}

void Answers::remove(const std::string& receipt, Then then) {
    deletes_.add(entry_of(receipt, {}), told(std::move(then)));
}

void Answers::show_again(const std::string& receipt, std::int64_t seconds, Then then) {
    visibilities_.add(entry_of(receipt, ",\"VisibilityTimeout\":" + std::to_string(seconds)), told(std::move(then)));
}

void Answers::flush() {
    deletes_.flush();
    visibilities_.flush();
}

}  // namespace flowrun::sqs

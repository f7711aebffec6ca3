#pragma once
// What came of the elements of one split message: replies and errors by element, gathered into one result.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::core {

class Outcome {
public:
    void replied(std::uint64_t index, sdk::Value reply);
    void failed(std::uint64_t index, sdk::Status code, const flowrun_error* error);
    bool ok() const { return failures_ == 0; }
    std::uint64_t failures() const { return failures_; }

    // The list of replies in the elements' order, null where there was none; absent when nobody replied. Borrowed from
    // `builder`.
    sdk::Value reply(std::uint64_t total, sdk::Builder& builder);
    // Of the first element that failed, in their order; it tells of the others, and can be retried only if all can.
    sdk::Failure failure(std::uint64_t total, sdk::Builder& builder);

private:
    static constexpr std::size_t told = 100;  // errors in the detail; the rest is counted

    struct Reply {
        std::uint64_t index;
        sdk::Kept value;
    };
    struct Failed {
        std::uint64_t index;
        sdk::Status code;
        std::string message, node;
        std::int64_t retry_after;
    };
    std::vector<Reply> replies_;
    std::vector<Failed> failed_;
    std::uint64_t failures_ = 0;
    bool retryable_ = true;
};

}  // namespace flowrun::core

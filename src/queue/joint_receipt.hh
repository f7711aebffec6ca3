#pragma once
// The receipt of what comes of several messages at once, as of a batch that is handled as one list: while it is not over, those of
// all of them are not; and what fails behind it fails for each.

#include <utility>
#include <vector>

#include "queue/receipt.hh"

namespace flowrun::queue {

class JointReceipt final : public Receipt {
public:
    explicit JointReceipt(std::vector<Ref> of) : of_(std::move(of)) {
        for (const Ref& one : of_) units_.emplace_back(one);
    }

private:
    void over() override { units_.clear(); }
    void fail(const Error& why) override {
        for (const Ref& one : of_) Unit(one).failed(why);
    }

    const std::vector<Ref> of_;
    std::vector<Unit> units_;
};

}  // namespace flowrun::queue

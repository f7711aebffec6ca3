#include "expr/recorder.hh"

#include <fmt/format.h>

#include "expr/context.hh"
#include "expr/convert.hh"

namespace flowrun::expr {
namespace {

constexpr std::size_t kept_results = 4;  // of a step that runs many times

class Recording final : public Op {
public:
    Recording(const Op* of, const Expr* expr) : of_(of), expr_(expr) {}
    Value run(Context& context) const override {
        const Value v = of_->run(context);
        if (context.recorder != nullptr) context.recorder->saw(*expr_, v);
        return v;
    }

private:
    const Op* of_;
    const Expr* expr_;
};

}  // namespace

void Recorder::saw(const Expr& expr, const Value& v) {
    const auto found = steps_.find(&expr);
    if (found == steps_.end()) return;
    Step& step = *found->second;
    ++step.times;
    if (step.results.size() >= kept_results) return;
    step.results.push_back(v.failed() ? fmt::format("error: {}", v.failure->message) : to_display(v));
}

OpPtr make_recording(const Op* of, const Expr* expr) { return std::make_unique<Recording>(of, expr); }

}  // namespace flowrun::expr

#include "command/tracing.hh"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "command/say.hh"
#include "engine/graph/layout.hh"
#include "trace/jsonl.hh"
#include "trace/text.hh"

namespace flowrun::command {

namespace {

bool writes_stdout(const flow::Checked& checked) {
    return std::ranges::any_of(
        checked.nodes, [](const flow::CheckedNode& node) { return !node.elsewhere && node.component->writes_stdout; });
}

TraceFormat format_of(const RunRequest& request, const flow::Checked& checked) {
    return request.trace.value_or(writes_stdout(checked) ? TraceFormat::off : TraceFormat::text);
}

}  // namespace

std::expected<std::unique_ptr<Tracing>, std::string> Tracing::make(World& world, const RunRequest& request,
                                                                   const flow::Checked& checked,
                                                                   std::function<void()> reader_gone) {
    std::unique_ptr<Tracing> tracing(new Tracing);
    const TraceFormat how = format_of(request, checked);
    if (how == TraceFormat::off && !request.quiet) return tracing;
    tracing->names_ = engine::names_of(checked);
    if (request.quiet) tracing->tail_ = std::make_unique<trace::Tail>(request.fail_on == FailOn::handled);
    if (how == TraceFormat::off) return tracing;

    const bool to_stdout = request.trace_to.empty();
    auto sink = to_stdout ? trace::Sink(STDOUT_FILENO) : trace::Sink::open(request.trace_to);
    if (!sink) {
        return std::unexpected("cannot write the trace to " + request.trace_to + ": " + std::strerror(sink.error()));
    }
    const int colored_as = to_stdout ? STDOUT_FILENO : -1;
    std::unique_ptr<trace::Format> format;
    if (how == TraceFormat::jsonl) {
        format = std::make_unique<trace::Jsonl>(tracing->names_);
    } else {
        format = std::make_unique<trace::Text>(tracing->names_, trace::colored(request.color, colored_as));
    }
    auto failed = [where = to_stdout ? "stdout" : request.trace_to, to_stdout,
                   gone = std::move(reader_gone)](int error) {
        if (error == EPIPE && to_stdout) return gone();
        complain("cannot write the trace to " + where + ": " + std::strerror(error) + "; the rest of it is lost");
    };
    tracing->recorder_ =
        std::make_unique<trace::Recorder>(world, std::move(format), std::move(*sink), std::move(failed));
    if (!tracing->recorder_->begin())
        return std::unexpected("cannot write the trace: the system refuses another thread");
    if (tracing->tail_) tracing->both_ = std::make_unique<trace::Tee>(*tracing->tail_, *tracing->recorder_);
    return tracing;
}

trace::Observer* Tracing::observer() {
    if (both_) return both_.get();
    if (recorder_) return recorder_.get();
    return tail_.get();
}

bool Tracing::broken() const {
    const int failure = recorder_ ? recorder_->failure() : 0;
    return failure != 0 && failure != EPIPE;
}

std::string Tracing::last(bool color) {
    if (!tail_) return {};
    trace::Text format(names_, color);
    trace::Block out;
    tail_->print(format, out);
    return std::string(out.view());
}

}  // namespace flowrun::command

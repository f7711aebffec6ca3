#include "trace/span.hh"

namespace flowrun::trace {

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::ok: return "ok";
        case Outcome::failed: return "failed";
        case Outcome::claimed: return "claimed";
        case Outcome::filtered: return "filtered";
        case Outcome::dropped: return "dropped";
        case Outcome::late: return "late";
    }
    return "failed";
}

Span copy_of(const Span& span) {
    Span copy;
    copy.trace = span.trace;
    copy.id = span.id;
    copy.parent = span.parent;
    copy.start = span.start;
    copy.queued = span.queued;
    copy.handled = span.handled;
    copy.message = span.message;
    if (span.note) copy.note = std::make_unique<Note>(*span.note);
    copy.edge = span.edge;
    copy.node = span.node;
    copy.port = span.port;
    copy.attempt = span.attempt;
    copy.async = span.async;
    copy.outcome = span.outcome;
    return copy;
}

}  // namespace flowrun::trace

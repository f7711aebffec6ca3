#pragma once
// An observer that gives each span to two others.

#include <utility>

#include "trace/span.hh"

namespace flowrun::trace {

class Tee : public Observer {
public:
    // Borrows both; they outlive it.
    Tee(Observer& first, Observer& second) : first_(first), second_(second) {}
    void span(Span&& span) override {
        first_.span(copy_of(span));
        second_.span(std::move(span));
    }
    void flush() override {
        first_.flush();
        second_.flush();
    }

private:
    Observer& first_;
    Observer& second_;
};

}  // namespace flowrun::trace

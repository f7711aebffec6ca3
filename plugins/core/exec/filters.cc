#include "filters.hh"

#include <utility>

namespace flowrun::core::exec {

using namespace sdk;

Filters::Filters(const Task& task, Loops& loops, Command command)
    : task_(task), loops_(loops), command_(std::move(command)) {}

std::shared_ptr<Filter> Filters::current(const std::shared_ptr<Filter>& not_this) {
    const std::lock_guard lock(mutex_);
    if (!filter_ || filter_ == not_this) {
        filter_ = std::make_shared<Filter>(task_, loops_.least_busy(), command_);
        filter_->begin();
    }
    return filter_;
}

void Filters::send(Ticket ticket, std::string_view line, Time deadline) {
    std::shared_ptr<Filter> filter = current(nullptr);
    while (!filter->send(ticket, line, deadline)) filter = current(filter);
}

void Filters::close() {
    const std::lock_guard lock(mutex_);
    if (filter_) filter_->close();
}

}  // namespace flowrun::core::exec

#include "kept_coprocess.hh"

#include <utility>

namespace flowrun::core::exec {

using namespace sdk;

KeptCoprocess::KeptCoprocess(const Task& task, Loops& loops, Command command)
    : task_(task), loops_(loops), command_(std::move(command)) {}

std::shared_ptr<Coprocess> KeptCoprocess::current(const std::shared_ptr<Coprocess>& not_this) {
    const std::lock_guard lock(mutex_);
    if (!coprocess_ || coprocess_ == not_this) {
        coprocess_ = std::make_shared<Coprocess>(task_, loops_.least_busy(), command_, troubles_);
        coprocess_->begin();
    }
    return coprocess_;
}

void KeptCoprocess::send(Ticket ticket, std::string_view line, Time deadline) {
    std::shared_ptr<Coprocess> coprocess = current(nullptr);
    while (!coprocess->send(ticket, line, deadline)) coprocess = current(coprocess);
}

void KeptCoprocess::close() {
    const std::lock_guard lock(mutex_);
    if (coprocess_) coprocess_->close();
}

}  // namespace flowrun::core::exec

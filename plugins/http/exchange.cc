#include "exchange.hh"

namespace flowrun::http {

using namespace sdk;

void Exchange::begin(std::shared_ptr<Connection> keep, Manner manner, bool accepts_only) {
    accepts_only_ = accepts_only;
    keep_ = std::move(keep);
    manner_ = manner;
    in_time_ = false;
    answered_.store(false);
}

std::string Exchange::made(Status status, Value reply, const flowrun_error* error) const {
    if (is_error(status)) return response_of(status, error, manner_);
    if (!reply) return response_without_reply(accepts_only_, manner_);
    return response_of(reply, manner_);
}

void Exchange::done(void* user, std::int32_t raw, const flowrun_value* reply, const flowrun_error* error) {
    Exchange& mine = *static_cast<Exchange*>(user);
    if (!mine.answered_.exchange(true)) {
        mine.in_time_ = true;
        const auto status = static_cast<Status>(raw);
        (void)detail::guarded([&] { mine.response_ = mine.made(status, mine.server_.value(reply), error); },
                              [&](const Failure& failure) {
                                  mine.server_.say(Level::error, failure.what());
                                  const flowrun_error why = failure.raw();
                                  mine.response_ = response_of(failure.code(), &why, mine.manner_);
                              });
    }
    mine.server_.done(mine);
}

}  // namespace flowrun::http

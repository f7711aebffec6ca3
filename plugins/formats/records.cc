#include "records.hh"

namespace flowrun::formats {

using namespace sdk;

namespace {
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
}

std::uint64_t Records::lines_in(std::size_t size) const {
    std::uint64_t lines = 0;
    const std::string_view data = input_.data().substr(0, size);
    const char end = framing_->line_end();
    for (std::size_t at = data.find(end); at != data.npos; at = data.find(end, at + 1)) ++lines;
    return lines;
}

// Past a byte order mark; not before enough is there to tell.
void Records::begin() {
    const std::string_view data = input_.data();
    if (!ended_ && data.size() < byte_order_mark.size() && byte_order_mark.starts_with(data)) return;
    if (data.starts_with(byte_order_mark)) input_.consume(byte_order_mark.size());
    begun_ = true;
}

void Records::consume(std::size_t size, bool whole_record) {
    line_ += one_line_ ? (whole_record ? 1U : 0U) : lines_in(size);
    input_.consume(size);
}

Records::Next Records::next(Call call) {
    if (finished_) return Next::end;
    if (given_ > 0) consume(std::exchange(given_, 0), true);
    for (;;) {
        if (begun_) {
            const Cut cut = framing_->cut(input_.data(), ended_);
            if (cut.what == Cut::record) return give(cut);
            if (cut.what == Cut::broken) return give_broken(cut);
            if (cut.what == Cut::none && skipping_) return give(cut);  // it was cut off by the end of the input
            if (cut.what == Cut::none) consume(cut.next, false);
            if (cut.what == Cut::none && cut.next > 0 && !input_.data().empty()) continue;
            if (ended_) return Next::end;
            if (cut.what == Cut::more && (skipping_ || input_.data().size() > limit_)) skip();
        }
        const Input::More more = input_.fill(call);
        if (more == Input::More::stopped) return Next::stopped;
        if (more == Input::More::later) return Next::later;
        ended_ = more == Input::More::end;
        if (!begun_) begin();
    }
}

// Of a record that is too long, from where it begins.
std::uint64_t Records::lines_of(const Cut& cut) const {
    if (one_line_) return 1;
    const char last = cut.end > 0 ? input_.data()[cut.end - 1] : last_;
    return line_ + lines_in(cut.end) - record_.line + (last == framing_->line_end() ? 0 : 1);
}

// The bytes of an unfinished record that is too long.
void Records::skip() {
    const std::string_view data = input_.data();
    if (!skipping_) {
        record_.line = line_;
        record_.offset = input_.offset();
        head_.clear();
        skipping_ = true;
    }
    if (head_.size() < shown) head_.append(data.substr(0, shown - head_.size()));
    if (!data.empty()) last_ = data.back();
    framing_->discard(data.size());
    consume(data.size(), false);
}

Records::Next Records::give(const Cut& cut) {
    given_ = cut.next;
    gave_ = true;
    if (skipping_) {
        skipping_ = false;
        record_.text = head_;
        record_.lines = lines_of(cut);
        return Next::too_long;
    }
    record_.text = input_.data().substr(cut.begin, cut.end - cut.begin);
    record_.line = one_line_ ? line_ : line_ + lines_in(cut.begin);
    record_.offset = input_.offset() + cut.begin;
    if (record_.text.size() <= limit_) return Next::record;
    record_.text = record_.text.substr(0, shown);
    record_.lines = lines_of(cut);
    return Next::too_long;
}

Records::Next Records::give_broken(const Cut& cut) {
    finished_ = true;
    problem_ = cut.problem;
    record_.text = input_.data().substr(cut.begin, shown);
    record_.line = line_ + lines_in(cut.begin);
    record_.offset = input_.offset() + cut.begin;
    return Next::broken;
}

}  // namespace flowrun::formats

#include "offsets.hh"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace flowrun::kafka {
namespace {

// The note, its numbers hexadecimal, offsets from the base on, and what is not needed left out:
//
//   f1 g=GIVEN d=DEATHS t=OFFSET:ATTEMPTS:DUE,… a=GAP+LENGTH,…
constexpr std::string_view mark = "f1";
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t ahead_least = 16;
constexpr std::size_t room_for_tried = 1000;

std::string hex(std::int64_t value) {
    char digits[20];
    return {digits, std::to_chars(digits, digits + sizeof digits, value, 16).ptr};
}

// A number at the beginning of the text, which it loses with what stands behind it.
std::optional<std::int64_t> take_number(std::string_view& text, char behind) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || value < 0) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return value;
    if (behind == '\0' || text.front() != behind) return {};
    text.remove_prefix(1);
    return value;
}

std::string_view take_until(std::string_view& text, char end) {
    const std::string_view taken = text.substr(0, text.find(end));
    text.remove_prefix(std::min(taken.size() + 1, text.size()));
    return taken;
}

std::int64_t behind(std::int64_t base, std::int64_t by) { return by > most - base ? most : base + by; }

}  // namespace

Offsets::Offsets(std::int64_t base, std::string_view note) : next_(base) {
    if (take_until(note, ' ') == mark) read_note(note);
    if (given_before_ > base) ++deaths_;
    else deaths_ = 0;
}

void Offsets::read_note(std::string_view note) {
    while (!note.empty()) {
        std::string_view field = take_until(note, ' ');
        const std::string_view name = take_until(field, '=');
        if (name == "g") {
            if (const auto given = take_number(field, '\0')) given_before_ = behind(next_, *given);
        } else if (name == "d") {
            if (const auto deaths = take_number(field, '\0'))
                deaths_ = static_cast<std::uint32_t>(std::min<std::int64_t>(*deaths, 1'000'000));
        } else if (name == "t") {
            while (!field.empty()) {
                std::string_view one = take_until(field, ',');
                const auto offset = take_number(one, ':'), attempts = take_number(one, ':'),
                           due = take_number(one, '\0');
                if (!offset || !attempts || !due) return;
                tried_[behind(next_, *offset)] = {static_cast<std::uint32_t>(*attempts & 0xFFFFFFFF), *due};
            }
        } else if (name == "a") {
            for (std::int64_t at = done_before_.empty() ? next_ : done_before_.back().second; !field.empty();) {
                std::string_view one = take_until(field, ',');
                const auto gap = take_number(one, '+'), length = take_number(one, '\0');
                if (!gap || !length) return;
                const std::int64_t from = behind(at, *gap);
                at = behind(from, *length);
                if (from < at) done_before_.emplace_back(from, at);
            }
        }
    }
}

bool Offsets::read(std::int64_t offset) {
    if (offset < next_) return false;
    next_ = offset + 1;
    while (!done_before_.empty() && done_before_.front().second <= offset) done_before_.erase(done_before_.begin());
    const bool done = !done_before_.empty() && done_before_.front().first <= offset;
    if (done && messages_.empty()) return changed_ = true, false;
    messages_.push_back({offset, done ? State::done : State::here});
    return !done;
}

std::deque<Offsets::Item>::iterator Offsets::find(std::int64_t offset) {
    const auto found = std::lower_bound(messages_.begin(), messages_.end(), offset,
                                        [](const Item& item, std::int64_t than) { return item.offset < than; });
    return found != messages_.end() && found->offset == offset ? found : messages_.end();
}

void Offsets::set(std::int64_t offset, State state) {
    const auto found = find(offset);
    if (found != messages_.end() && found->state != State::done) found->state = state;
}

const Offsets::Tried* Offsets::tried(std::int64_t offset) const {
    const auto found = tried_.find(offset);
    return found == tried_.end() ? nullptr : &found->second;
}

void Offsets::note(std::int64_t offset, const Tried& tried) {
    tried_[offset] = tried;
    changed_ = true;
}

void Offsets::ack(std::int64_t offset) {
    set(offset, State::done);
    tried_.erase(offset);
    changed_ = true;
    if (messages_.empty() || messages_.front().state != State::done) return;
    while (!messages_.empty() && messages_.front().state == State::done) messages_.pop_front();
    deaths_ = 0;
}

std::vector<Offsets::Run> Offsets::runs() const {
    std::vector<Run> all;
    bool open = false;
    for (const Item& item : messages_) {
        const bool done = item.state == State::done;
        if (done && !open) all.emplace_back(item.offset, item.offset + 1);
        if (done) all.back().second = item.offset + 1;
        open = done;
    }
    for (const Run& run : done_before_) {
        if (run.second <= next_) continue;
        const Run rest{std::max(run.first, next_), run.second};
        if (!all.empty() && all.back().second == rest.first) all.back().second = rest.second;
        else all.push_back(rest);
    }
    return all;
}

std::int64_t Offsets::ahead() const {
    std::int64_t sum = 0;
    for (const Run& run : runs()) sum = behind(sum, run.second - run.first);
    return sum;
}

std::int64_t Offsets::given(bool last) const {
    const std::int64_t before = given_before_ > next_ ? given_before_ : 0;
    if (last) {
        const auto out = std::find_if(messages_.rbegin(), messages_.rend(),
                                      [](const Item& item) { return item.state == State::out; });
        return std::max(before, out == messages_.rend() ? 0 : out->offset + 1);
    }
    const std::int64_t mine = std::max(wanted_, given_);
    if (wanted_ <= given_ && wanted_ + ahead_least / 2 < given_) return std::max(before, mine);
    const auto here = static_cast<std::int64_t>(messages_.size());
    return std::max({before, mine, deaths_ >= careful_after ? wanted_ : wanted_ + std::max(ahead_least, here)});
}

Offsets::Commit Offsets::commit(bool last, std::size_t room) {
    Commit made;
    made.base = base();
    made.given = given(last);
    made.note = mark;
    if (made.given > made.base) made.note += " g=" + hex(made.given - made.base);
    if (deaths_ != 0) made.note += " d=" + hex(deaths_);
    std::string tried;
    for (const auto& [offset, one] : tried_) {
        if (offset < made.base || tried.size() > room_for_tried) continue;
        tried += (tried.empty() ? " t=" : ",") + hex(offset - made.base) + ":" + hex(one.attempts) + ":" + hex(one.due);
    }
    made.note += tried;
    made.complete_to = most;
    std::int64_t at = made.base;
    for (const Run& run : runs()) {
        const std::string one =
            (at == made.base ? " a=" : ",") + hex(run.first - at) + "+" + hex(run.second - run.first);
        if (made.note.size() + one.size() > room) {
            made.complete_to = run.first;
            break;
        }
        made.note += one;
        at = run.second;
    }
    changed_ = false;
    if (last) wanted_ = 0, given_ = made.given;
    return made;
}

}  // namespace flowrun::kafka

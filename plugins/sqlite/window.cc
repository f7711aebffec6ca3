#include "window.hh"

#include <algorithm>
#include <utility>

namespace flowrun::sqlite {

void Window::committed(Item item) {
    if (behind_ || ready_.size() >= most || bytes_ >= most_bytes) {
        behind_ = true;
        return;
    }
    read(std::move(item));
}

void Window::read(Item item) {
    through_ = item.seq;
    bytes_ += item.bytes;
    ready_.push_back(std::move(item));
}

void Window::read_on(std::int64_t through, bool more) {
    through_ = std::max(through_, through);
    reading_ = false;
    behind_ = more;
}

void Window::back(Item item) {
    bytes_ += item.bytes;
    const auto place = std::lower_bound(ready_.begin(), ready_.end(), item.seq,
                                        [](const Item& of, std::int64_t seq) { return of.seq < seq; });
    ready_.insert(place, std::move(item));
}

std::optional<Item> Window::remove(std::int64_t seq) {
    const auto at = std::ranges::find(ready_, seq, &Item::seq);
    if (at == ready_.end()) return {};
    Item item = std::move(*at);
    ready_.erase(at);
    bytes_ -= item.bytes;
    return item;
}

bool Window::take(Item& item) {
    if (ready_.empty()) return false;
    item = std::move(ready_.front());
    ready_.pop_front();
    bytes_ -= item.bytes;
    return true;
}

}  // namespace flowrun::sqlite

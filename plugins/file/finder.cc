#include "finder.hh"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "compression.hh"

namespace flowrun::file {

void Finder::look(std::int64_t now, bool anyway) {
    const std::lock_guard lock(mutex_);
    look_locked(now, anyway);
}

void Finder::look_locked(std::int64_t now, bool anyway) {
    constexpr std::int64_t seldom = 10 * second;
    if (!hear() && !anyway && now < next_look_) return;
    // What was opened under a name that another file has taken meanwhile leaves news behind.
    constexpr int most = 100;
    const std::size_t before = news_.found.size();
    scan();
    for (int i = 0; i < most && hear(); ++i) scan();
    put_in_order(before);
    renamed_.clear();
    first_ = false;
    next_look_ = now + (unsure_ ? second : seldom);
}

// What was renamed first is the oldest; what still has the name comes last, whenever it was found.
void Finder::put_in_order(std::size_t from) {
    std::map<Id, std::size_t> ranks;
    for (const Renamed& one : renamed_) {
        if (one.id) ranks.emplace(*one.id, ranks.size());
    }
    const auto rank = [&ranks](const Found& found) {
        const auto known = ranks.find(found.id);
        return known == ranks.end() ? ranks.size() : known->second;
    };
    std::stable_sort(news_.found.begin() + static_cast<std::ptrdiff_t>(from), news_.found.end(),
                     [&rank](const Found& a, const Found& b) { return rank(a) < rank(b); });
}

// Whether names may have changed.
bool Finder::hear() {
    const Watch::News news = watch_.news();
    for (const auto& move : news.moves) follow(move);
    stirred_ = stirred_ || news.any;
    return news.names;
}

void Finder::follow(const Watch::News::Move& move) {
    const auto called = [](const std::string& name) { return [&name](const Renamed& one) { return one.now == name; }; };
    std::erase_if(renamed_, called(move.to));
    const auto known = std::find_if(renamed_.begin(), renamed_.end(), called(move.from));
    if (known != renamed_.end()) {
        known->now = move.to;
    } else if (std::any_of(patterns_.begin(), patterns_.end(),
                           [&](const Pattern& p) { return p.matches(move.from); })) {
        renamed_.push_back({move.to, move.from});
    }
}

void Finder::scan() {
    unsure_ = false;
    // Watched before it is looked into, so that nothing comes in between unseen.
    for (const Pattern& pattern : patterns_) {
        for (const std::string& folder : pattern.folders()) unsure_ = !watch_.folder(folder) || unsure_;
    }
    for (Renamed& one : renamed_) one.id = see(one.now, one.first);
    for (auto& [id, named] : known_) named = false;
    for (const Pattern& pattern : patterns_) {
        for (const std::string& path : pattern.paths()) (void)see(path, path);
    }
}

// Which file has the path; nothing: none that could be opened.
std::optional<Finder::Id> Finder::see(const std::string& path, const std::string& first) {
    if (!packed_too_ && compression_of_name(first) != Compression::none) return std::nullopt;
    struct stat what{};
    if (::stat(path.c_str(), &what) != 0) {
        if (path == first) trouble(path, errno);
        return std::nullopt;
    }
    if (const auto known = known_.find({what.st_dev, what.st_ino}); known != known_.end()) {
        known->second = true;
        return known->first;
    }
    Handle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file || ::fstat(file.get(), &what) != 0) {
        trouble(path, errno);
        return std::nullopt;
    }
    const Id id(what.st_dev, what.st_ino);
    if (!known_.emplace(id, true).second) return id;
    const int watch = watch_.file(file.get());
    news_.troubles.erase(first);
    news_.found.push_back({std::move(file), first, id, watch, first_});
    return id;
}

void Finder::trouble(const std::string& path, int error) {
    unsure_ = true;
    news_.troubles[path] = error;
}

Finder::News Finder::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, {});
}

bool Finder::has_name(Id id) {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(id);
    return known != known_.end() && known->second;
}

void Finder::forget(Id id, int watch, bool soon) {
    const std::lock_guard lock(mutex_);
    unsure_ = unsure_ || soon;
    watch_.forget(watch);
    known_.erase(id);
}

bool Finder::resume() {
    const std::lock_guard lock(mutex_);
    busy_ = true;
    return !std::exchange(ticking_, true);
}

bool Finder::tick(std::int64_t now) {
    const std::lock_guard lock(mutex_);
    if (busy_) look_locked(now, false);
    ticking_ = busy_;
    return ticking_;
}

bool Finder::pause() {
    const std::lock_guard lock(mutex_);
    busy_ = false;
    return !std::exchange(stirred_, false);
}

bool Finder::unsure() {
    const std::lock_guard lock(mutex_);
    return unsure_;
}

}  // namespace flowrun::file

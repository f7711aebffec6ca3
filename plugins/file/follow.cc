#include "follow.hh"

#include <flowrun/ext/drain.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <set>
#include <utility>

#include "trouble.hh"

namespace flowrun::file {

using namespace sdk;

namespace {
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t quiet = 5 * second;  // after which a file without a name is dropped
constexpr std::int64_t seldom = 10 * second;
constexpr std::int64_t save_time = second / 10;
constexpr std::int64_t tick_time = second / 20;  // how long a change of names waits while downstream is busy
}  // namespace

Status Follow::run(Call call) {
    const Status status = read(call);
    if (status == Status::cancelled) finish_the_gone(call);
    (void)window_.settle(call);
    (void)finder_.pause();
    save(call, true);
    return status == Status::cancelled && !way_.once ? Status::ok : status;
}

Status Follow::read(Call call) {
    finder_.look(node_.now(), true);
    Status status = Status::ok;
    while (!is_error(status)) {
        if (finder_.resume()) node_.timer(tick_time, &Follow::tick, this);
        finder_.look(node_.now());
        meet(call);
        save(call, false);
        const bool more = turns(call);
        status = call.stopping();
        if (is_error(status)) break;
        drop_the_gone(call);
        if (!more) (void)window_.settle(call);
        save(call, !more);
        if (!more && way_.once) return status;
        if (!more && finder_.pause()) status = wait(call);
    }
    return status;
}

// While there is much to read not after each turn: the disk takes longer than that.
void Follow::save(Call call, bool at_once) {
    if (!state_ || (!at_once && node_.now() < save_at_)) return;
    try {
        for (const auto& file : files_) state_->put(file->id(), file->place());
        if (!state_->changed()) return;
        save_at_ = node_.now() + save_time;
        state_->save();
        said_.erase(state_->path());
    } catch (const Failure& failure) { raise(call, state_->path(), failure); }
}

// What was read before and has another name by now, or none: the rest of it comes before what has its name.
void Follow::recall(Call call, const Finder::News& news) {
    if (!state_ || std::exchange(recalled_, true)) return;
    const auto places = state_->places();
    for (const auto& [id, place] : places) {
        const auto is_it = [id = id](const Finder::Found& found) { return found.id == id; };
        const auto meant = [&path = place.path](const Pattern& pattern) { return pattern.matches(path); };
        if (std::any_of(news.found.begin(), news.found.end(), is_it)) continue;
        if (std::none_of(patterns_.begin(), patterns_.end(), meant)) continue;
        Handle file = found_beside(place.path, id);
        std::string why;
        if (file && state_->find(id, file.get(), why)) {
            take(call, {std::move(file), place.path, id, -1, true});
            continue;
        }
        state_->remove(id);
        if (::access(place.path.c_str(), F_OK) == 0) {
            node_.log(Level::warn, "the file that was " + place.path +
                                       " is not there any more: what was written to it "
                                       "after byte " +
                                       std::to_string(place.offset) + " is not read");
        }
    }
}

// From where it was read up to, or from its beginning.
void Follow::go_on(Followed& file) {
    std::string why;
    const auto place = state_ ? state_->find(file.id(), file.fd(), why) : std::nullopt;
    if (place) return file.resume(place->offset, place->line);
    if (!why.empty()) node_.log(Level::info, file.path() + " " + why + ": reading it from its start");
    else if (way_.from_end && file.first()) file.skip_to_end();
}

// On the timer's thread: the source's own may be held up downstream.
void Follow::tick(void* user) {
    auto& mine = *static_cast<Follow*>(user);
    bool again = true;
    try {
        again = mine.finder_.tick(mine.node_.now());
    } catch (const std::exception&) {}  // no memory just now
    if (again) mine.node_.timer(tick_time, &Follow::tick, user);
}

// What the finder has found.
void Follow::meet(Call call) {
    Finder::News news = finder_.take();
    recall(call, news);
    for (Finder::Found& found : news.found) take(call, std::move(found));
    for (const auto& [path, error] : news.troubles) missing(call, path, error);
    for (const auto& file : files_) {
        if (finder_.has_name(file->id())) file->gone.reset();
        else if (!file->gone) file->gone = node_.now();
    }
}

void Follow::take(Call call, Finder::Found found) {
    const std::string path = found.path;
    const Finder::Id id = found.id;
    const int watch = found.watch;
    if (state_ && state_->is_at(path)) return;
    if (std::any_of(files_.begin(), files_.end(), [id](const auto& file) { return file->id() == id; })) return;
    try {
        auto file = std::make_unique<Followed>(node_, window_, format_, std::move(found), way_.told);
        go_on(*file);
        files_.push_back(std::move(file));
        save_at_ = 0;  // before it is read: a rotation may take its name away before the next save
        said_.erase(path);
    } catch (const Failure& failure) {
        finder_.forget(id, watch, true);
        raise(call, path, failure);
    }
}

// While its predecessor is still read that is a rotation, and no news.
void Follow::missing(Call call, const std::string& path, int error) {
    if (error == ENOENT && way_.once && way_.may_miss) return;
    if (error != ENOENT || way_.once) return raise(call, path, trouble(node_.values(), "opening", path, error));
    if (std::any_of(files_.begin(), files_.end(), [&path](const auto& file) { return file->path() == path; })) return;
    if (news(path, "missing")) node_.log(Level::info, path + " is not there: waiting for it");
}

// Each path once; whether one of them may have more. The oldest first: what was renamed before what has its name now.
bool Follow::turns(Call call) {
    std::set<std::string_view> busy;
    for (std::size_t i = 0; i < files_.size();) {
        Followed& file = *files_[i];
        if (busy.count(file.path()) != 0) {
            ++i;
            continue;
        }
        try {
            const Followed::Turn turn = file.turn(call);
            if (turn == Followed::Turn::stopped) return false;
            if (way_.once && turn == Followed::Turn::something) return true;
            if (way_.once && file.gone) {
                finish(call, file);
                drop(i, false);
                continue;
            }
            if (turn == Followed::Turn::something) {
                busy.insert(file.path());
                if (file.gone) file.gone = node_.now();
            }
            ++i;
        } catch (const Failure& failure) {
            raise(call, file.path(), failure);
            drop(i, true);
        }
    }
    return !busy.empty();
}

void Follow::drop_the_gone(Call call) {
    for (std::size_t i = 0; i < files_.size();) {
        const auto& gone = files_[i]->gone;
        if (!gone || node_.now() - *gone < quiet) {
            ++i;
            continue;
        }
        finish(call, *files_[i]);
        drop(i, false);
    }
}

void Follow::finish(Call call, Followed& file) {
    try {
        file.finish(call);
    } catch (const Failure& failure) { raise(call, file.path(), failure); }
}

void Follow::drop(std::size_t which, bool failed) {
    if (state_ && !failed) state_->remove(files_[which]->id());
    finder_.forget(files_[which]->id(), files_[which]->watch(), failed);
    files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(which));
}

// The run ends: nobody will come to a file that has no name any more.
void Follow::finish_the_gone(Call call) {
    const auto* const drain = node_.extension<flowrun_drain>(FLOWRUN_DRAIN_ID);
    if (drain == nullptr || drain->enter(call.raw()) != FLOWRUN_OK) return;
    finder_.look(node_.now(), true);
    meet(call);
    for (const auto& file : files_) {
        if (!file->gone) continue;
        finish(call, *file);
        if (is_error(call.stopping())) {
            return node_.log(Level::warn, file->path() + " was renamed or removed, and is not read to its end");
        }
    }
}

// Until there is something to look at, or it is time to look for what nothing tells of.
Status Follow::wait(Call call) {
    const bool often = finder_.unsure() || std::any_of(files_.begin(), files_.end(), [](const auto& file) {
                           return file->gone.has_value() || file->watch() < 0;
                       });
    const std::int64_t time = often ? second : seldom;
    const Status status = finder_.fd() < 0 ? call.sleep(time) : call.wait_fd(finder_.fd(), FLOWRUN_READ, time);
    if (is_error(call.stopping())) return call.stopping();
    if (status == Status::unavailable || finder_.fd() < 0) finder_.look(node_.now(), true);
    return status == Status::unavailable ? Status::ok : status;
}

// Things are said once, until something else is wrong.
bool Follow::news(const std::string& path, std::string_view text) {
    std::string& said = said_[path];
    if (said == text) return false;
    said = text;
    return true;
}

void Follow::raise(Call call, const std::string& path, const Failure& failure) {
    if (!news(path, failure.what())) return;
    Builder value(node_.values());
    (void)call.raise(failure, value.string(path).finish());
}

}  // namespace flowrun::file

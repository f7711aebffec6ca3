#include "follow.hh"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "compression.hh"
#include "trouble.hh"

namespace flowrun::file {

using namespace sdk;

namespace {
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t quiet = 5 * second;  // after which a file without a name is dropped
constexpr std::int64_t seldom = 10 * second;
}  // namespace

Status Follow::run(Call call) {
    for (;;) {
        if (std::exchange(names_changed_, false)) look(call);
        way_.from_end = false;  // what comes later is read from its start
        const bool more = turns(call);
        if (const Status status = call.stopping(); is_error(status)) return status;
        drop_the_gone(call);
        if (more || names_changed_) continue;
        if (const Status status = wait(call); is_error(status)) return status;
    }
}

// Which files there are now.
void Follow::look(Call call) {
    unsure_ = false;
    // Watched before it is looked into, so that nothing comes in between unseen.
    for (const Pattern& pattern : patterns_) unsure_ = !watch_.folder(pattern.folder()) || unsure_;
    std::vector<bool> named(files_.size(), false);
    for (const Pattern& pattern : patterns_) {
        for (const std::string& path : pattern.paths()) {
            if (!way_.packed_too && compression_of_name(path) != Compression::none) continue;
            struct stat what{};
            if (::stat(path.c_str(), &what) != 0) {
                missing(call, path, errno);
                continue;
            }
            const auto known =
                std::find_if(files_.begin(), files_.end(), [&what](const auto& file) { return file->is(what); });
            const auto place = static_cast<std::size_t>(known - files_.begin());
            if (known == files_.end()) take(call, path);
            else if (place < named.size()) named[place] = true;
        }
    }
    for (std::size_t i = 0; i < named.size(); ++i) {
        if (named[i]) files_[i]->gone.reset();
        else if (!files_[i]->gone) files_[i]->gone = node_.now();
    }
}

// While its predecessor is still read that is a rotation, and no news.
void Follow::missing(Call call, const std::string& path, int error) {
    unsure_ = true;
    if (error != ENOENT) return raise(call, path, trouble(node_.values(), "opening", path, error));
    if (std::any_of(files_.begin(), files_.end(), [&path](const auto& file) { return file->path() == path; })) return;
    if (news(path, "missing")) node_.log(Level::info, path + " is not there: waiting for it");
}

void Follow::take(Call call, const std::string& path) {
    try {
        auto file = std::make_unique<Followed>(node_, format_, path, way_.told);
        if (way_.from_end) file->skip_to_end();
        file->watch = watch_.file(file->fd());
        files_.push_back(std::move(file));
        said_.erase(path);
    } catch (const Failure& failure) {
        unsure_ = true;
        raise(call, path, failure);
    }
}

// Each file once; whether one of them may have more. The oldest first: what was renamed before what has its name now.
bool Follow::turns(Call call) {
    bool more = false;
    for (std::size_t i = 0; i < files_.size();) {
        Followed& file = *files_[i];
        try {
            const Followed::Turn turn = file.turn(call);
            if (turn == Followed::Turn::stopped) return false;
            more = more || turn == Followed::Turn::something;
            if (turn == Followed::Turn::something && file.gone) file.gone = node_.now();
            ++i;
        } catch (const Failure& failure) {
            raise(call, file.path(), failure);
            drop(i);
        }
    }
    return more;
}

void Follow::drop_the_gone(Call call) {
    for (std::size_t i = 0; i < files_.size();) {
        const auto& gone = files_[i]->gone;
        if (!gone || node_.now() - *gone < quiet) {
            ++i;
            continue;
        }
        files_[i]->finish(call);
        drop(i);
    }
}

void Follow::drop(std::size_t which) {
    watch_.forget(files_[which]->watch);
    files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(which));
}

// Until there is something to look at, or it is time to look for what nothing tells of.
Status Follow::wait(Call call) {
    const bool often = unsure_ || std::any_of(files_.begin(), files_.end(), [](const auto& file) {
                           return file->gone.has_value() || file->watch < 0;
                       });
    const std::int64_t time = often ? second : seldom;
    const Status status = watch_.fd() < 0 ? call.sleep(time) : call.wait_fd(watch_.fd(), FLOWRUN_READ, time);
    if (is_error(call.stopping())) return call.stopping();
    if (status == Status::ok && watch_.fd() >= 0) names_changed_ = watch_.names_changed();
    else if (status == Status::ok || status == Status::unavailable) names_changed_ = true;
    else return status;
    return Status::ok;
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

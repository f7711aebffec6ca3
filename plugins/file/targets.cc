#include "targets.hh"

#include <iterator>

namespace flowrun::file {

std::list<Targets::Named>::iterator Targets::last_open() {
    return std::next(targets_.begin(), static_cast<std::ptrdiff_t>(open_) - 1);
}

Target* Targets::in_the_way(const std::string& path) {
    if (open_ < most_open_) return nullptr;
    const auto found = places_.find(path);
    if (found != places_.end() && found->second->target.fd() >= 0) return nullptr;
    return &last_open()->target;
}

int Targets::put_away() {
    const auto place = last_open();
    --open_;
    const bool appends = manner_.mode == Mode::append;
    if (appends && place->target.packs()) whole_[place->name] = place->target.size();
    const int error = place->target.suspend();
    if (appends) {
        places_.erase(place->name);
        targets_.erase(place);
    }
    return error;
}

Target& Targets::at(const std::string& path) {
    const auto found = places_.find(path);
    if (found == places_.end()) {
        if (targets_.size() >= most_) {
            throw sdk::Failure(sdk::Status::overflow, "a run keeps at most " + std::to_string(most_) +
                                                          " files until its end, as max_files says: no room for " +
                                                          path);
        }
        const auto known = whole_.find(path);
        targets_.emplace_front(manner_, path, known == whole_.end() ? 0 : known->second);
        places_.emplace(path, targets_.begin());
        ++open_;
        return targets_.front().target;
    }
    if (found->second->target.fd() < 0) {
        found->second->target.resume();
        ++open_;
    }
    targets_.splice(targets_.begin(), targets_, found->second);
    return targets_.front().target;
}

}  // namespace flowrun::file

#include "flow/issue.hh"

#include <algorithm>
#include <tuple>

namespace flowrun::flow {

namespace {

auto position(const Issue& issue) { return std::tuple(issue.place.line != 0, issue.place.offset); }

bool same(const Issue& a, const Issue& b) {
    return position(a) == position(b) && a.severity == b.severity && a.message == b.message && a.remedy == b.remedy;
}

}  // namespace

void Issues::add(Issue issue) {
    (issue.severity == Severity::error ? errors_ : warnings_) += 1;
    if (all_.size() < most_kept) all_.push_back(std::move(issue));
}

void Issues::error(const Place& place, std::string message, std::string remedy) {
    add(Issue{Severity::error, place, std::move(message), std::move(remedy)});
}

void Issues::passing_error(const Place& place, std::string message, std::string remedy) {
    add(Issue{Severity::error, place, std::move(message), std::move(remedy), true});
}

void Issues::warning(const Place& place, std::string message, std::string remedy) {
    add(Issue{Severity::warning, place, std::move(message), std::move(remedy)});
}

void Issues::add(Issues other) {
    for (Issue& issue : other.all_) {
        (issue.severity == Severity::error ? other.errors_ : other.warnings_) -= 1;
        add(std::move(issue));
    }
    errors_ += other.errors_;  // what it counted and did not keep
    warnings_ += other.warnings_;
}

void Issues::sort() {
    std::stable_sort(all_.begin(), all_.end(),
                     [](const Issue& a, const Issue& b) { return position(a) < position(b); });
    std::vector<Issue> kept;
    for (Issue& issue : all_) {
        // Only issues at one position can be alike, and these stand together.
        bool again = false;
        for (auto it = kept.rbegin(); it != kept.rend() && position(*it) == position(issue) && !again; ++it) {
            again = same(*it, issue);
        }
        if (again) {
            (issue.severity == Severity::error ? errors_ : warnings_) -= 1;
        } else {
            kept.push_back(std::move(issue));
        }
    }
    all_ = std::move(kept);
}

}  // namespace flowrun::flow

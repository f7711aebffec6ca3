#pragma once
// What is wrong with a flow: one Issue a mistake, with its place and remedy. Collected, never thrown, so that all are
// told at once.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "flow/place.hh"

namespace flowrun::flow {

enum class Severity : std::uint8_t { error, warning };

struct Issue {
    Severity severity = Severity::error;
    Place place;           // line 0: of the flow as a whole, or of the command line
    std::string message;   // lower-case start, no full stop
    std::string remedy;    // empty: none known
    bool passing = false;  // of the machine, and not of the flow: another time it may be well
};

class Issues {
public:
    // Of a hopeless file the first so many issues are kept; the others are counted.
    static constexpr std::size_t most_kept = 1000;

    void error(const Place& place, std::string message, std::string remedy = {});
    void passing_error(const Place& place, std::string message, std::string remedy = {});
    void warning(const Place& place, std::string message, std::string remedy = {});
    void add(Issues other);

    // In order of position, issues without a place first; of one place in the order found. Drops exact repetitions.
    void sort();

    std::size_t errors() const { return errors_; }
    std::size_t warnings() const { return warnings_; }
    bool empty() const { return all_.empty(); }
    const std::vector<Issue>& all() const { return all_; }

private:
    void add(Issue issue);

    std::vector<Issue> all_;
    std::size_t errors_ = 0, warnings_ = 0;
};

}  // namespace flowrun::flow

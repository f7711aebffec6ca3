#pragma once
// How a command ended.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <vector>

#include "tail.hh"

namespace flowrun::core::exec {

struct Ending {
    bool by_signal = false;
    int number = 0;  // the exit code, or the signal
    Tail errors;     // what it wrote to stderr, at the end

    bool good(const std::vector<std::int64_t>& ok_codes) const;
};

// As a failure, with {command, exit_code or signal, stderr} for its detail, built with `builder`. Exit code 75
// (EX_TEMPFAIL) is `unavailable`; 126 and 127, by which shells say that they found nothing to run, are `permanent`.
sdk::Failure failure_of(const std::string& command, const Ending& ending, sdk::Builder& builder);

// A failure of a command that has not ended, with the end of its stderr.
sdk::Failure failure_of(const std::string& command, sdk::Status code, const std::string& text, const Tail& errors,
                        sdk::Builder& builder);

}  // namespace flowrun::core::exec
